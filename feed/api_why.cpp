#include "feed/api_why.hpp"

#include "feed/json_values.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kRecent = 5;

// The newest records that match, and a sentence if some could not be read.
void add_recent(const Store& store, HistoryFilter filter, json::object& body, std::string_view member) {
  filter.limit = kRecent;
  json::array records;
  const auto searched = store.history->search(filter, [&](const QueryRecord& record) {
    if (record.kind == QueryRecord::Kind::query) records.push_back(record_value(record));
    return true;
  });
  body[member] = std::move(records);
  if (!searched) body["damage"] = searched.error().what;
}

void add_count(const Store& store, const HistoryFilter& filter, json::object& body, std::string_view member) {
  if (const auto count = store.history->count(filter)) body[member] = count->queries;
}

json::object coverage_value(const Catalogue& catalogue, const Coverage& coverage) {
  switch (coverage.kind) {
    case Coverage::Kind::none:
      return {{"kind", "none"}};
    case Coverage::Kind::target: {
      const NameRule& rule = catalogue.rule(coverage);
      return {{"kind", "target"}, {"rule", catalogue.describe(coverage)}, {"role", rule.role}, {"note", rule.note}};
    }
    case Coverage::Kind::never:
      return {{"kind", "never"}, {"rule", catalogue.describe(coverage)}, {"why", catalogue.never_rule(coverage).why}};
  }
  return {};
}

json::object about_address(const Store& store, const IpAddress& address) {
  json::object body{{"subject", address.text()}, {"kind", "address"}};
  json::array entries;
  for (const LedgerEntry& entry : store.ledger->find(address)) entries.push_back(entry_value(entry));
  body["entries"] = std::move(entries);
  if (const auto special = special_purpose(address)) body["special_purpose"] = *special;
  json::array names;
  if (const auto sightings = store.ledger->names_of(address)) {
    for (const NameSighting& sighting : *sightings)
      names.push_back(json::object{{"name", sighting.name.text()},
                                   {"never_why", sighting.never_why},
                                   {"last_seen", format_time(sighting.last_seen)}});
  }
  body["never_names"] = std::move(names);
  HistoryFilter told;
  told.answer = address;
  add_recent(store, told, body, "answered_to");
  HistoryFilter asked;
  asked.client = Network(address, address.is_v4() ? 32 : 128);
  add_count(store, asked, body, "queries_as_client");
  asked.verdict = Verdict::sinkhole;
  add_count(store, asked, body, "sunk_as_client");
  add_recent(store, asked, body, "sunk_queries");
  return body;
}

json::object about_name(const Store& store, const DnsName& name) {
  const auto configuration = store.configuration();
  const Catalogue& catalogue = *configuration->catalogue;
  json::object body{
      {"subject", name.text()}, {"kind", "name"}, {"coverage", coverage_value(catalogue, catalogue.find(name))}};
  json::array entries;
  for (const LedgerEntry& entry : store.ledger->find(name)) entries.push_back(entry_value(entry));
  body["entries"] = std::move(entries);
  HistoryFilter asked;
  asked.name = name;
  add_count(store, asked, body, "queries");
  add_recent(store, asked, body, "recent");
  return body;
}

}  // namespace

ApiAnswer api_why(const Store& store, const Parameters& parameters) {
  const auto subject = parameters.find("subject");
  if (subject == parameters.end() || subject->second.empty())
    return api_problem(400, "give an address or a name as subject");
  json::object body;
  if (const auto address = IpAddress::parse(subject->second)) {
    body = about_address(store, *address);
  } else if (const auto name = DnsName::parse(subject->second)) {
    body = about_name(store, *name);
  } else {
    return api_problem(400, "\"" + subject->second + "\" is neither an address nor a name: " + name.error().what);
  }
  body["generation"] = store.ledger->current()->number;
  body["now"] = format_time(store.clock->wall());
  return {200, std::move(body)};
}

}  // namespace sinkfeed
