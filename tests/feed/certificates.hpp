// Authorities, certificates and a client for tests of TLS, made with OpenSSL as they are needed.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

namespace sinkfeed::test {

using Key = std::shared_ptr<EVP_PKEY>;
using X509Pointer = std::shared_ptr<X509>;

struct Identity {
  Key key;
  X509Pointer certificate;

  static std::string text(const std::function<int(BIO*)>& write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    EXPECT_EQ(write(memory.get()), 1);
    char* data = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &data);
    return std::string(data, static_cast<std::size_t>(size));
  }
  std::string certificate_pem() const {
    return text([&](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); });
  }
  std::string key_pem(const char* passphrase = nullptr) const {
    return text([&](BIO* to) {
      return PEM_write_bio_PKCS8PrivateKey(to, key.get(), passphrase ? EVP_aes_128_cbc() : nullptr, nullptr, 0, nullptr,
                                           const_cast<char*>(passphrase));
    });
  }
};

// An authority, and what it signs. Times are counted from now on, in days.
struct Authority : Identity {
  explicit Authority(const std::string& name) {
    const Identity own = make(name, -10, 100, nullptr);
    key = own.key;
    certificate = own.certificate;
  }
  Identity sign(const std::string& name, int from = -1, int until = 90) const { return make(name, from, until, this); }

  static Identity make(const std::string& name, int from, int until, const Identity* issuer) {
    static long serial = 1;
    Identity made{{EVP_EC_gen("P-256"), EVP_PKEY_free}, {X509_new(), X509_free}};
    X509* one = made.certificate.get();
    X509_set_version(one, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(one), serial++);
    X509_gmtime_adj(X509_getm_notBefore(one), from * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(one), until * 86400L);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(one), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1,
                               0);
    X509_set_issuer_name(one, X509_get_subject_name(issuer ? issuer->certificate.get() : one));
    X509_set_pubkey(one, made.key.get());
    if (!issuer) {
      X509_EXTENSION* ca = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
      X509_add_ext(one, ca, -1);
      X509_EXTENSION_free(ca);
    }
    X509_sign(one, issuer ? issuer->key.get() : made.key.get(), EVP_sha256());
    return made;
  }
};

// A client's side of TLS over a connected socket, which it closes. It believes the server's certificate unless `ca`
// says what it must be signed by.
class TlsClient {
 public:
  TlsClient(int socket, const Identity* own = nullptr, const Authority* ca = nullptr, int version = 0)
      : socket_(socket), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);
    if (version) {
      SSL_CTX_set_min_proto_version(context_.get(), version);
      SSL_CTX_set_max_proto_version(context_.get(), version);
    }
    if (own) {
      SSL_CTX_use_certificate(context_.get(), own->certificate.get());
      SSL_CTX_use_PrivateKey(context_.get(), own->key.get());
    }
    if (ca) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), ca->certificate.get());
      SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    }
    ssl_.reset(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(ssl_.get(), socket_);
  }
  ~TlsClient() {
    ssl_.reset();
    close(socket_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  bool connect() { return SSL_connect(ssl_.get()) == 1; }
  bool send(const std::string& text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }
  // One read.
  std::string receive() {
    char buffer[64 << 10];
    const int size = SSL_read(ssl_.get(), buffer, sizeof buffer);
    return std::string(buffer, static_cast<std::size_t>(std::max(size, 0)));
  }
  // What comes until the server ends.
  std::string all() {
    std::string text;
    for (std::string part; !(part = receive()).empty();) text += part;
    return text;
  }
  // The whole answer; empty if there is no handshake.
  std::string get(const std::string& target, const std::string& headers = "") {
    if (!connect()) return "";
    send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + "\r\n");
    return all();
  }
  // Whether the server has said that no more comes.
  bool was_told_the_end() const { return SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN; }
  std::string server_name() const {
    char name[100] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(ssl_.get())), NID_commonName, name,
                              sizeof name);
    return name;
  }
  SSL* ssl() { return ssl_.get(); }
  int socket() const { return socket_; }

 private:
  int socket_;
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
};

}  // namespace sinkfeed::test
