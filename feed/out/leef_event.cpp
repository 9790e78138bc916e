#include "feed/out/leef_event.hpp"

#include <fmt/format.h>

#include "feed/out/event_facts.hpp"

namespace sinkfeed {

namespace {

void add(std::string& to, std::string_view key, std::string_view value) {
  if (to.back() != '|') to += '\t';
  to += key;
  to += '=';
  for (const char c : value) to += c == '\t' || c == '\n' || c == '\r' ? ' ' : c;
}

}  // namespace

std::string leef_event(const QueryRecord& r, std::size_t most_answers) {
  std::string event = fmt::format("LEEF:2.0|sinkfeed|sinkfeed|{}|{}|x09|", SINKFEED_VERSION, event_name(r));
  // Of 13 digits: milliseconds since 1970, without devTimeFormat.
  add(event, "devTime", fmt::format("{}", milliseconds_of(r.time)));
  add(event, "sev", fmt::format("{}", event_severity(r)));
  add(event, "id", event_id(r));
  if (r.kind == QueryRecord::Kind::gap) {
    add(event, "cat", "gap");
    add(event, "lost", fmt::format("{}", r.gap_count));
    add(event, "reason", event_sentence(r));
    return event;
  }
  add(event, "cat", verdict_name(r.verdict));
  add(event, "src", r.client.text());
  add(event, "srcPort", fmt::format("{}", r.client_port));
  add(event, "proto", r.transport == Transport::tcp ? "TCP" : "UDP");
  add(event, "query", r.name.text());
  add(event, "queryType", type_name(r.type));
  add(event, "responseCode", rcode_name(r.rcode));
  if (!r.answers.empty()) add(event, "answers", answers_text(r, most_answers, ", "));
  if (!r.rule.empty()) add(event, "policy", r.rule);
  add(event, "origin", origin_name(r.origin));
  if (r.upstream) add(event, "upstream", r.upstream->text());
  if (r.ede) add(event, "ede", fmt::format("{}", *r.ede));
  add(event, "latencyUs", fmt::format("{}", r.latency_us));
  if (const std::size_t beyond = answers_beyond(r, most_answers))
    add(event, "answersLeftOut", fmt::format("{}", beyond));
  return event;
}

}  // namespace sinkfeed
