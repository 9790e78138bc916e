#include "feed/http_message.hpp"

#include <ctime>

namespace sinkfeed {

bool HttpRequest::is_for_a_person() const {
  return !preview.empty() || (is_from_here() && user_agent == kCommandAgent);
}

bool HttpRequest::is_from_here() const { return is_this_machine(client, server); }

bool is_this_machine(const IpAddress& client, const IpAddress& server) {
  static const Network v4 = *Network::parse("127.0.0.0/8"), v6 = *Network::parse("::1");
  return client == server || v4.contains(client) || v6.contains(client);
}

HttpAnswer text_answer(unsigned status, std::string text) {
  HttpAnswer answer;
  answer.status = status;
  answer.body = std::make_shared<const std::string>(std::move(text));
  return answer;
}

std::string http_date(WallTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  char text[40];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &fields);
  return text;
}

bool parse_http_date(const std::string& text, WallTime& time) {
  std::tm fields{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
  if (!end || *end) return false;
  time = WallTime{std::chrono::seconds{timegm(&fields)}};
  return true;
}

bool client_has_it(const HttpRequest& request, const std::string& etag, WallTime changed) {
  if (request.if_none_match.empty()) {
    WallTime since;
    return parse_http_date(request.if_modified_since, since) &&
           std::chrono::floor<std::chrono::seconds>(changed) <= since;
  }
  const std::string& tags = request.if_none_match;
  for (std::size_t at = 0; at < tags.size();) {
    const std::size_t comma = std::min(tags.find(',', at), tags.size());
    std::string tag = tags.substr(at, comma - at);
    tag.erase(0, tag.find_first_not_of(" \t"));
    tag.erase(tag.find_last_not_of(" \t") + 1);
    if (tag.starts_with("W/")) tag.erase(0, 2);
    if (tag == "*" || tag == etag) return true;
    at = comma + 1;
  }
  return false;
}

}  // namespace sinkfeed
