#include "feed/http_request.hpp"

#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <string>
#include <utility>

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

// The fields that somebody here reads, by Beast's number; and those that it has none for, by name.
using Member = std::string HttpRequest::*;
constexpr auto kNumbered = std::to_array<std::pair<http::field, Member>>({
    {http::field::if_none_match, &HttpRequest::if_none_match},
    {http::field::if_modified_since, &HttpRequest::if_modified_since},
    {http::field::accept, &HttpRequest::accept},
    {http::field::accept_encoding, &HttpRequest::accept_encoding},
    {http::field::authorization, &HttpRequest::authorization},
    {http::field::content_type, &HttpRequest::content_type},
    {http::field::host, &HttpRequest::host},
    {http::field::origin, &HttpRequest::origin},
    {http::field::user_agent, &HttpRequest::user_agent},
});
constexpr auto kNamed = std::to_array<std::pair<std::string_view, Member>>({
    {"X-Api-Key", &HttpRequest::api_key},
    {"Last-Event-ID", &HttpRequest::last_event_id},
    {"Sinkfeed-Sudo-User", &HttpRequest::sudo_user},
    {"Sinkfeed-Preview", &HttpRequest::preview},
});

// If one was sent twice, the first counts.
void read_fields(const http::fields& from, HttpRequest& request) {
  std::array<bool, kNumbered.size() + kNamed.size()> seen{};
  const auto take = [&](std::size_t place, Member member, const auto& field) {
    if (!std::exchange(seen.at(place), true)) request.*member = std::string(field.value());
  };
  for (const auto& field : from) {
    const bool is_named = field.name() == http::field::unknown;
    for (std::size_t i = 0; !is_named && i < kNumbered.size(); i++) {
      if (kNumbered.at(i).first == field.name()) take(i, kNumbered.at(i).second, field);
    }
    for (std::size_t i = 0; is_named && i < kNamed.size(); i++) {
      if (boost::beast::iequals(field.name_string(), kNamed.at(i).first))
        take(kNumbered.size() + i, kNamed.at(i).second, field);
    }
  }
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
  read_fields(from, request);
  request.is_head = from.method() == http::verb::head;
  return request;
}

}  // namespace sinkfeed
