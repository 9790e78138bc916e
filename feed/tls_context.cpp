#include "feed/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

namespace sinkfeed {

namespace {

constexpr long kSessionSeconds = 3600;
constexpr std::size_t kLongestName = 64;
constexpr unsigned char kSessionsOf[] = "sinkfeed";

// Why the library's last call failed: the first thing that went wrong, for what follows says less.
struct Failure {
  Failure() : code(ERR_peek_error()) { ERR_clear_error(); }
  std::string text() const {
    const char* reason = ERR_reason_error_string(code);
    return reason ? reason : "no reason is known";
  }
  bool is(int library, int reason) const { return ERR_GET_LIB(code) == library && ERR_GET_REASON(code) == reason; }
  unsigned long code;
};

Result<void> check_readable(const std::filesystem::path& file, std::string_view setting) {
  if (std::ifstream(file).get() != std::ifstream::traits_type::eof()) return {};
  std::error_code error;
  const bool is_empty = std::filesystem::is_regular_file(file, error) && std::filesystem::file_size(file, error) == 0;
  return Problem{fmt::format("cannot read {} ({}): {}", file.string(), setting,
                             is_empty ? "it is empty" : std::strerror(errno ? errno : EIO))};
}

WallTime time_of(const ASN1_TIME* from) {
  std::tm fields{};
  ASN1_TIME_to_tm(from, &fields);
  return WallTime{std::chrono::seconds{timegm(&fields)}};
}

// Of whatever a certificate says, only what is safe in a log.
std::string common_name(const X509* certificate) {
  const X509_NAME* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return "without a name";
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size <= 0) return "without a name";
  std::string name(reinterpret_cast<char*>(utf8), std::min(static_cast<std::size_t>(size), kLongestName));
  OPENSSL_free(utf8);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return name;
}

Result<void> read_key(SSL_CTX* context, const Settings::Http::Tls& tls) {
  if (auto readable = check_readable(tls.key, "http.tls.key"); !readable) return readable;
  // Nobody is there who could be asked for a passphrase.
  bool needs_passphrase = false;
  SSL_CTX_set_default_passwd_cb_userdata(context, &needs_passphrase);
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
  });
  const bool is_read = SSL_CTX_use_PrivateKey_file(context, tls.key.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  SSL_CTX_set_default_passwd_cb(context, nullptr);
  if (is_read) return {};
  const Failure failure;
  if (failure.is(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH) || failure.is(ERR_LIB_X509, X509_R_KEY_TYPE_MISMATCH))
    return Problem{fmt::format("{} is not the key of the certificate in {}; put the two there that belong together",
                               tls.key.string(), tls.certificate.string())};
  if (needs_passphrase)
    return Problem{fmt::format("the key in {} is encrypted; store it without a passphrase, readable for nobody else",
                               tls.key.string())};
  return Problem{
      fmt::format("{} holds no key that can be used ({}); it takes one in PEM", tls.key.string(), failure.text())};
}

Result<void> read_client_ca(SSL_CTX* context, const Settings::Http::Tls& tls) {
  if (tls.client_certificates == ClientCertificates::none) return {};
  if (auto readable = check_readable(tls.client_ca, "http.tls.client_ca"); !readable) return readable;
  STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(tls.client_ca.c_str());
  if (!names || SSL_CTX_load_verify_file(context, tls.client_ca.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return Problem{fmt::format("{} holds no certificate authority that can be used ({}); it takes certificates in PEM",
                               tls.client_ca.string(), Failure().text())};
  }
  SSL_CTX_set_client_CA_list(context, names);
  if (tls.client_certificates == ClientCertificates::required)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  else  // one that is not good gets a sentence instead of a broken connection (certificate_of_client)
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  return {};
}

}  // namespace

TlsContext::TlsContext() : context_(boost::asio::ssl::context::tls_server) {
  SSL_CTX* context = context_.native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, kSessionSeconds);
  SSL_CTX_set_session_id_context(context, kSessionsOf, sizeof kSessionsOf - 1);
}

Result<std::shared_ptr<TlsContext>> TlsContext::read(const Settings::Http::Tls& tls) {
  ERR_clear_error();
  const std::shared_ptr<TlsContext> made(new TlsContext);
  SSL_CTX* context = made->context_.native_handle();
  if (const auto readable = check_readable(tls.certificate, "http.tls.certificate"); !readable) return readable.error();
  if (SSL_CTX_use_certificate_chain_file(context, tls.certificate.c_str()) != 1)
    return Problem{
        fmt::format("{} holds no certificate that can be used ({}); it takes the whole chain in PEM, the "
                    "server's own first",
                    tls.certificate.string(), Failure().text())};
  if (const auto key = read_key(context, tls); !key) return key.error();
  if (const auto clients = read_client_ca(context, tls); !clients) return clients.error();

  X509* own = SSL_CTX_get0_certificate(context);
  made->name_ = common_name(own);
  made->begins_ = time_of(X509_get0_notBefore(own));
  made->ends_ = time_of(X509_get0_notAfter(own));
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, &chain);
  for (int i = 0; i < sk_X509_num(chain); i++) {
    made->begins_ = std::max(made->begins_, time_of(X509_get0_notBefore(sk_X509_value(chain, i))));
    made->ends_ = std::min(made->ends_, time_of(X509_get0_notAfter(sk_X509_value(chain, i))));
  }
  return made;
}

bool TlsContext::has_certificate_of(const TlsContext& other) const {
  const auto own = [](const TlsContext& of) {
    return SSL_CTX_get0_certificate(const_cast<TlsContext&>(of).context_.native_handle());
  };
  return X509_cmp(own(*this), own(other)) == 0;
}

ClientCertificate certificate_of_client(const SSL* ssl) {
  const X509* shown = SSL_get0_peer_certificate(ssl);
  if (!shown) return {};
  const long verdict = SSL_get_verify_result(ssl);
  return {common_name(shown), verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict)};
}

}  // namespace sinkfeed
