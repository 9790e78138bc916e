#include "feed/http_request.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <string>
#include <vector>

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

// Nothing in it is encoded, and it has no query: what nearly all subscribers ask for.
bool is_plain_path(std::string_view target) {
  return target.starts_with('/') && !target.starts_with("//") && std::all_of(target.begin(), target.end(), [](char c) {
           return (c >= '-' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
         });
}

// False: it is no path.
bool read_target(const std::string& target, HttpRequest& request) {
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) return false;
  request.path = url->path();
  for (const auto& parameter : url->params()) request.query[parameter.key] = parameter.value;
  return true;
}

// Of a field that somebody here reads. If it was sent twice, the first counts.
std::string* member_of(HttpRequest& request, const http::fields::value_type& field) {
  switch (field.name()) {
    case http::field::if_none_match:
      return &request.if_none_match;
    case http::field::if_modified_since:
      return &request.if_modified_since;
    case http::field::accept:
      return &request.accept;
    case http::field::accept_encoding:
      return &request.accept_encoding;
    case http::field::authorization:
      return &request.authorization;
    case http::field::content_type:
      return &request.content_type;
    case http::field::host:
      return &request.host;
    case http::field::origin:
      return &request.origin;
    case http::field::user_agent:
      return &request.user_agent;
    case http::field::unknown:
      break;
    default:
      return nullptr;
  }
  if (boost::beast::iequals(field.name_string(), "X-Api-Key")) return &request.api_key;
  if (boost::beast::iequals(field.name_string(), "Last-Event-ID")) return &request.last_event_id;
  if (boost::beast::iequals(field.name_string(), "Sinkfeed-Sudo-User")) return &request.sudo_user;
  return nullptr;
}

}  // namespace

std::optional<HttpRequest> read_request(const http::request<http::string_body>& from) {
  HttpRequest request;
  const std::string_view target(from.target().data(), from.target().size());
  if (is_plain_path(target)) {
    request.path = target;
  } else if (!read_target(without_brackets(target), request)) {
    return std::nullopt;
  }
  request.method = std::string(from.method() == http::verb::head ? "GET" : from.method_string());
  std::vector<const std::string*> seen;
  seen.reserve(16);
  for (const auto& field : from) {
    std::string* const of = member_of(request, field);
    if (!of || std::find(seen.begin(), seen.end(), of) != seen.end()) continue;
    seen.push_back(of);
    *of = std::string(field.value());
  }
  request.is_head = from.method() == http::verb::head;
  return request;
}

}  // namespace sinkfeed
