#include "config/http_settings.hpp"

#include <fmt/format.h>

namespace sinkfeed {

namespace {

using Empty = TomlSection::Empty;

Result<Endpoint> parse_plain(std::string_view text) { return Endpoint::parse(text, 8053); }
Result<Endpoint> parse_tls(std::string_view text) { return Endpoint::parse(text, 8443); }

Result<FeedAccess> parse_feed_access(std::string_view text) {
  for (const auto access : {FeedAccess::networks, FeedAccess::token}) {
    if (feed_access_name(access) == text) return access;
  }
  return Problem{fmt::format("\"{}\" is no way to let clients fetch; write networks or token", text)};
}

Result<ClientCertificates> parse_client_certificates(std::string_view text) {
  for (const auto wanted : {ClientCertificates::none, ClientCertificates::optional, ClientCertificates::required}) {
    if (client_certificates_name(wanted) == text) return wanted;
  }
  return Problem{
      fmt::format("\"{}\" is none of the ways to ask for certificates; write none, optional or required", text)};
}

void read_tls(TomlSection section, Settings::Http& http, const std::filesystem::path& file) {
  Settings::Http::Tls& tls = http.tls;
  section.read_list("listen", tls.listen, Empty::allowed, parse_tls);
  section.read_path("certificate", tls.certificate, file);
  section.read_path("key", tls.key, file);
  section.read_path("client_ca", tls.client_ca, file);
  section.read("client_certificates", tls.client_certificates, parse_client_certificates);
  for (const Endpoint& at : tls.listen) {
    if (at.port && std::find(http.listen.begin(), http.listen.end(), at) != http.listen.end())
      section.complain("listen", fmt::format("{} is in http.listen too; give TLS another port", at.text()));
  }
}

}  // namespace

void read_http(TomlSection section, Settings::Http& http, const std::filesystem::path& file) {
  section.read_list("listen", http.listen, Empty::refused, parse_plain);
  section.read_list("allow", http.allow, Empty::refused, Network::parse);
  section.read("feed_access", http.feed_access, parse_feed_access);
  read_tls(section.section("tls"), http, file);
}

}  // namespace sinkfeed
