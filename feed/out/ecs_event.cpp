#include "feed/out/ecs_event.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "feed/out/event_facts.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

json::object gap_event(const QueryRecord& r) {
  return {
      {"@timestamp", format_time(r.time)},
      {"ecs", {{"version", "8.11.0"}}},
      {"event",
       {{"kind", "pipeline_error"}, {"action", event_name(r)}, {"id", event_id(r)}, {"dataset", "sinkfeed.history"}}},
      {"message", event_sentence(r)},
      {"sinkfeed", {{"lost", r.gap_count}}}};
}

json::array header_flags(const QueryRecord& r) {
  json::array flags;
  if (r.flags & kFlagTruncated) flags.emplace_back("TC");
  if (r.flags & kFlagRd) flags.emplace_back("RD");
  if (r.flags & kFlagCd) flags.emplace_back("CD");
  if (r.flags & kFlagDo) flags.emplace_back("DO");
  return flags;
}

// "CNAME talk.l.google.com." as type and data; an address's text has no type before it.
json::object answer_value(const PackedAnswers::Item& item) {
  const std::string type = type_name(item.type);
  std::string data = item.text();
  if (data.starts_with(type + " ")) data.erase(0, type.size() + 1);
  return {{"type", type}, {"data", data}};
}

}  // namespace

std::string ecs_event(const QueryRecord& r, std::size_t most_answers) {
  if (r.kind == QueryRecord::Kind::gap) return json::serialize(gap_event(r));
  json::array answers, addresses;
  for (const PackedAnswers::Item& item : PackedAnswers::items(r.answers)) {
    if (answers.size() == most_answers) break;
    answers.push_back(answer_value(item));
    if (const auto address = item.address()) addresses.emplace_back(address->text());
  }
  const bool is_denied = r.verdict == Verdict::sinkhole || r.verdict == Verdict::refuse;
  json::object own{{"verdict", verdict_name(r.verdict)}, {"origin", origin_name(r.origin)}};
  if (r.ede) own["ede"] = *r.ede;
  if (r.upstream) own["upstream"] = r.upstream->text();
  if (const std::size_t beyond = answers_beyond(r, most_answers)) own["answers_left_out"] = beyond;
  json::object dns{{"type", "answer"},
                   {"question", {{"name", r.name.text()}, {"type", type_name(r.type)}, {"class", "IN"}}},
                   {"response_code", rcode_name(r.rcode)},
                   {"header_flags", header_flags(r)},
                   {"answers", std::move(answers)}};
  if (!addresses.empty()) dns["resolved_ip"] = std::move(addresses);
  json::object event{{"@timestamp", format_time(r.time)},
                     {"ecs", {{"version", "8.11.0"}}},
                     {"event",
                      {{"kind", "event"},
                       {"category", json::array{"network"}},
                       {"type", json::array{"protocol", is_denied ? "denied" : "allowed"}},
                       {"action", event_name(r)},
                       {"id", event_id(r)},
                       {"duration", std::uint64_t{r.latency_us} * 1000},
                       {"dataset", "sinkfeed.history"}}},
                     {"client", {{"ip", r.client.text()}, {"port", r.client_port}}},
                     {"network", {{"protocol", "dns"}, {"transport", transport_name(r.transport)}}},
                     {"dns", std::move(dns)},
                     {"sinkfeed", std::move(own)}};
  if (!r.rule.empty()) event["rule"] = json::object{{"name", r.rule}};
  return json::serialize(event);
}

}  // namespace sinkfeed
