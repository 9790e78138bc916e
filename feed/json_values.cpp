#include "feed/json_values.hpp"

#include "feed/evidence_value.hpp"

namespace sinkfeed {

boost::json::object need_value(const Need& need) {
  boost::json::array clients;
  for (const IpAddress& client : need.clients) clients.push_back(boost::json::value(client.text()));
  return {{"name", need.name.text()},
          {"never_why", need.never_why},
          {"first_seen", format_time(need.first_seen)},
          {"last_seen", format_time(need.last_seen)},
          {"queries", need.queries},
          {"clients", std::move(clients)}};
}

boost::json::object action_value(const LedgerAction& action) {
  boost::json::object object{{"time", format_time(action.when)},
                             {"what", action.what},
                             {"profile", action.profile},
                             {"address", action.address ? action.address->text() : ""},
                             {"by", action.by},
                             {"reason", action.reason}};
  if (action.until) object["until"] = format_time(*action.until);
  return object;
}

boost::json::object entry_value(const LedgerEntry& entry) {
  boost::json::array needs;
  for (const Need& need : entry.needs) needs.push_back(need_value(need));
  boost::json::object value{{"profile", entry.profile},
                            {"address", entry.address.text()},
                            {"family", entry.address.family()},
                            {"state", state_name(entry.state)},
                            {"reason", entry.reason},
                            {"cause", cause_name(entry.cause)},
                            {"sharing", sharing_name(entry.sharing)},
                            {"first_seen", format_time(entry.first_seen)},
                            {"last_seen", format_time(entry.last_seen)},
                            {"count", entry.count},
                            {"first_generation", entry.first_generation},
                            {"waits", entry.waits},
                            {"needed_by", std::move(needs)},
                            {"evidence", evidence_value(entry.evidence)}};
  if (entry.ruling) {
    boost::json::object ruling{{"by", entry.ruling->by},
                               {"reason", entry.ruling->reason},
                               {"made", format_time(entry.ruling->made)},
                               {"kind", ruling_name(entry.ruling->kind)}};
    if (entry.ruling->until) ruling["until"] = format_time(*entry.ruling->until);
    value["decision"] = std::move(ruling);
  }
  return value;
}

boost::json::object record_value(const QueryRecord& record) {
  if (record.kind == QueryRecord::Kind::gap)
    return {{"kind", "gap"}, {"time", format_time(record.time)}, {"lost", record.gap_count}};
  boost::json::array answers;
  for (const PackedAnswers::Item& item : PackedAnswers::items(record.answers))
    answers.push_back(boost::json::value(item.text()));
  boost::json::object object{{"kind", "query"},
                             {"time", format_time(record.time)},
                             {"client", record.client.text()},
                             {"port", record.client_port},
                             {"transport", transport_name(record.transport)},
                             {"name", record.name.text()},
                             {"type", type_name(record.type)},
                             {"verdict", verdict_name(record.verdict)},
                             {"rule", record.rule},
                             {"rcode", rcode_name(record.rcode)},
                             {"answers", std::move(answers)},
                             {"origin", origin_name(record.origin)},
                             {"latency_us", record.latency_us}};
  if (record.ede) object["ede"] = *record.ede;
  if (record.upstream) object["upstream"] = record.upstream->text();
  return object;
}

boost::json::object format_value(const FormatFacts& facts) {
  return {{"format", facts.extension},
          {"media_type", facts.media_type},
          {"products", facts.products},
          {"subscribe", facts.subscribe}};
}

}  // namespace sinkfeed
