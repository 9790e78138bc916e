#include "feed/credentials.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <string_view>

namespace sinkfeed {

namespace {

// RFC 9110 11.4: what follows "SCHEME " in the header. Nothing if it is another scheme's.
std::optional<std::string_view> of_scheme(std::string_view authorization, std::string_view scheme) {
  const auto end = std::min(authorization.find(' '), authorization.size());
  if (!boost::beast::iequals(authorization.substr(0, end), scheme)) return std::nullopt;
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' ', end), authorization.size()));
  return authorization;
}

// RFC 4648 4. Empty if it is something else.
std::string from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4) return "";
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return "";
  const auto padding = text.size() - 1 - text.find_last_not_of('=');
  bytes.resize(static_cast<std::size_t>(size) - std::min(padding, std::size_t{2}));
  return bytes;
}

}  // namespace

std::optional<Credentials> credentials_of(const HttpRequest& request) {
  if (request.authorization.empty()) {
    if (request.api_key.empty()) return std::nullopt;
    return Credentials{request.api_key, false};
  }
  if (const auto token = of_scheme(request.authorization, "Bearer")) return Credentials{std::string(*token), false};
  const auto basic = of_scheme(request.authorization, "Basic");
  const std::string pair = basic ? from_base64(*basic) : "";
  const std::size_t colon = pair.find(':');
  return Credentials{colon == std::string::npos ? "" : pair.substr(colon + 1), true};
}

}  // namespace sinkfeed
