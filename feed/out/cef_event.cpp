#include "feed/out/cef_event.hpp"

#include <fmt/format.h>

#include "feed/out/event_facts.hpp"

namespace sinkfeed {

namespace {

std::string header_field(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|' || c == '\\') escaped += '\\';
    escaped += c == '\n' || c == '\r' ? ' ' : c;
  }
  return escaped;
}

void add(std::string& to, std::string_view key, std::string_view value) {
  if (to.back() != '|') to += ' ';
  to += key;
  to += '=';
  for (const char c : value) {
    if (c == '=' || c == '\\') to += '\\';
    if (c == '\n') {
      to += "\\n";
    } else if (c == '\r') {
      to += "\\r";
    } else {
      to += c;
    }
  }
}

void add_labelled(std::string& to, std::string_view key, std::string_view label, std::string_view value) {
  add(to, key, value);
  add(to, fmt::format("{}Label", key), label);
}

}  // namespace

std::string cef_event(const QueryRecord& r, std::size_t most_answers) {
  const bool is_gap = r.kind == QueryRecord::Kind::gap;
  std::string event =
      fmt::format("CEF:0|sinkfeed|sinkfeed|{}|{}|{}|{}|", SINKFEED_VERSION, event_name(r),
                  header_field(is_gap ? "Records are missing" : fmt::format("DNS query, {}", verdict_name(r.verdict))),
                  event_severity(r));
  add(event, "rt", fmt::format("{}", milliseconds_of(r.time)));
  add(event, "externalId", event_id(r));
  if (is_gap) {
    add(event, "cnt", fmt::format("{}", r.gap_count));
    add(event, "msg", event_sentence(r));
    return event;
  }
  if (r.client.is_v4())
    add(event, "src", r.client.text());
  else
    add_labelled(event, "c6a2", "Source IPv6 Address", r.client.text());
  add(event, "spt", fmt::format("{}", r.client_port));
  add(event, "proto", r.transport == Transport::tcp ? "TCP" : "UDP");
  add(event, "app", "DNS");
  add(event, "act", verdict_name(r.verdict));
  add(event, "dhost", r.name.text());
  add_labelled(event, "cs1", "QueryType", type_name(r.type));
  add_labelled(event, "cs2", "ResponseCode", rcode_name(r.rcode));
  if (!r.answers.empty()) add_labelled(event, "cs3", "Answers", answers_text(r, most_answers, ", "));
  if (!r.rule.empty()) add_labelled(event, "cs4", "Rule", r.rule);
  add_labelled(event, "cs5", "Origin", origin_name(r.origin));
  if (r.upstream) add_labelled(event, "cs6", "Upstream", r.upstream->text());
  add_labelled(event, "cn1", "LatencyMicroseconds", fmt::format("{}", r.latency_us));
  if (r.ede) add_labelled(event, "cn2", "ExtendedError", fmt::format("{}", *r.ede));
  if (const std::size_t beyond = answers_beyond(r, most_answers))
    add_labelled(event, "cn3", "AnswersLeftOut", fmt::format("{}", beyond));
  return event;
}

}  // namespace sinkfeed
