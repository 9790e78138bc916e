#include "feed/out/syslog_message.hpp"

#include <fmt/format.h>

#include "feed/out/cef_event.hpp"
#include "feed/out/ecs_event.hpp"
#include "feed/out/event_facts.hpp"
#include "feed/out/leef_event.hpp"

namespace sinkfeed {

namespace {

constexpr int kLocal0 = 16, kWarning = 4, kNotice = 5, kInformational = 6;
constexpr std::size_t kLongestHost = 64;  // that Linux lets a machine have

int severity(const QueryRecord& r) {
  if (r.kind == QueryRecord::Kind::gap) return kWarning;
  return r.verdict == Verdict::sinkhole || r.verdict == Verdict::refuse ? kNotice : kInformational;
}

// PRINTUSASCII (RFC 5424 6); "-" is the nil value.
std::string printable(std::string host) {
  host.resize(std::min(host.size(), kLongestHost));
  for (char& c : host) {
    if (c <= ' ' || c > '~') c = '_';
  }
  return host.empty() ? "-" : host;
}

}  // namespace

SyslogWriter::SyslogWriter(EventFormat format, std::string host, int process)
    : format_(format), host_(printable(std::move(host))), process_(fmt::format("{}", process)) {}

std::string SyslogWriter::message(const QueryRecord& r, std::size_t most_answers) const {
  std::string event;
  switch (format_) {
    case EventFormat::ecs:
      event = ecs_event(r, most_answers);
      break;
    case EventFormat::cef:
      event = cef_event(r, most_answers);
      break;
    case EventFormat::leef:
      event = leef_event(r, most_answers);
      break;
  }
  return fmt::format("<{}>1 {} {} sinkfeed {} {} - {}", kLocal0 * 8 + severity(r), format_time(r.time), host_, process_,
                     event_name(r), event);
}

std::string SyslogWriter::datagram(const QueryRecord& r) const {
  std::size_t answers = PackedAnswers::items(r.answers).size();
  std::string text = message(r, answers);
  while (text.size() > kDatagram && answers > 0) text = message(r, answers /= 2);
  if (text.size() <= kDatagram) return text;
  QueryRecord shorter = r;
  shorter.rule.clear();
  shorter.upstream.reset();
  return message(shorter, 0);
}

void SyslogWriter::append_framed(std::string& to, const QueryRecord& r) const {
  const std::string text = message(r, SIZE_MAX);
  to += fmt::format("{} ", text.size());
  to += text;
}

}  // namespace sinkfeed
