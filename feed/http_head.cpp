#include "feed/http_head.hpp"

#include <boost/beast/http/status.hpp>
#include <chrono>

namespace sinkfeed {

namespace {

namespace http = boost::beast::http;

// Of this second; the text is made once a second.
const std::string& date_now() {
  thread_local std::time_t made = 0;
  thread_local std::string text;
  const auto now = std::chrono::system_clock::now();
  if (const std::time_t second = std::chrono::system_clock::to_time_t(now); second != made) {
    made = second;
    text = http_date(std::chrono::time_point_cast<WallTime::duration>(now));
  }
  return text;
}

void append(std::string& head, std::string_view name, std::string_view value) {
  ((head += name) += ": ") += value;
  head += "\r\n";
}

}  // namespace

std::string http_head(const HttpAnswer& answer, unsigned version, bool keep_alive) {
  std::string head;
  head.reserve(512);
  head += version == 11 ? "HTTP/1.1 " : "HTTP/1.0 ";
  head += std::to_string(answer.status);
  head += ' ';
  head += http::obsolete_reason(http::int_to_status(answer.status));
  head += "\r\n";
  append(head, "Server", "sinkfeed");
  append(head, "Date", date_now());
  if (keep_alive != (version == 11)) append(head, "Connection", keep_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : answer.headers) append(head, name, value);
  if (answer.body || answer.stream) append(head, "Content-Type", answer.media_type);
  if (answer.body) append(head, "Content-Length", std::to_string(answer.body->size()));
  if (answer.stream && version == 11) append(head, "Transfer-Encoding", "chunked");
  head += "\r\n";
  return head;
}

}  // namespace sinkfeed
