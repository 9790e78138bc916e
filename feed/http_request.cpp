#include "feed/http_request.hpp"

#include <boost/url/parse.hpp>
#include <string>

namespace sinkfeed {

namespace http = boost::beast::http;

namespace {

// Some ask for match[type] as it is written, which RFC 3986 does not allow.
std::string without_brackets(std::string_view target) {
  std::string allowed;
  for (const char c : target) {
    if (c == '[') {
      allowed += "%5B";
    } else if (c == ']') {
      allowed += "%5D";
    } else {
      allowed += c;
    }
  }
  return allowed;
}

}  // namespace

std::optional<HttpRequest> read_request(const http::request<http::string_body>& from) {
  const std::string target = without_brackets({from.target().data(), from.target().size()});
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return std::nullopt;
  HttpRequest request;
  request.method = std::string(from.method() == http::verb::head ? "GET" : from.method_string());
  request.path = url->path();
  for (const auto& parameter : url->params()) request.query[parameter.key] = parameter.value;
  request.if_none_match = std::string(from[http::field::if_none_match]);
  request.if_modified_since = std::string(from[http::field::if_modified_since]);
  request.accept = std::string(from[http::field::accept]);
  request.accept_encoding = std::string(from[http::field::accept_encoding]);
  request.authorization = std::string(from[http::field::authorization]);
  request.content_type = std::string(from[http::field::content_type]);
  request.host = std::string(from[http::field::host]);
  request.origin = std::string(from[http::field::origin]);
  request.api_key = std::string(from["X-Api-Key"]);
  request.last_event_id = std::string(from["Last-Event-ID"]);
  request.sudo_user = std::string(from["Sinkfeed-Sudo-User"]);
  request.user_agent = std::string(from[http::field::user_agent]);
  request.is_head = from.method() == http::verb::head;
  return request;
}

}  // namespace sinkfeed
