#include "feed/api_why.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "feed/history_look.hpp"
#include "feed/json_values.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kRecent = 5, kClients = 5;
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

// Who asked for the names, in the time that is looked at: most first, kClients of them.
void add_askers(HistoryLook& look, const std::set<DnsName>& names, json::object& body) {
  struct Asker {
    IpAddress client;
    std::uint64_t queries = 0;
    WallTime last;
  };
  std::map<IpAddress, Asker> askers;
  HistoryFilter sunk;
  sunk.verdict = Verdict::sinkhole;
  // By one name it is found through the index; several are looked for at once, which is sooner than one by one.
  if (names.size() == 1) sunk.name = *names.begin();
  if (!names.empty()) {
    look.at(sunk, [&](const QueryRecord& record) {
      if (!names.contains(record.name)) return true;
      Asker& asker = askers[record.client];
      asker.client = record.client;
      asker.queries++;
      asker.last = std::max(asker.last, record.time);
      return true;
    });
  }
  std::vector<Asker> most_first;
  for (const auto& [client, asker] : askers) most_first.push_back(asker);
  std::stable_sort(most_first.begin(), most_first.end(),
                   [](const Asker& a, const Asker& b) { return a.queries > b.queries; });
  json::array array;
  for (const Asker& asker : most_first) {
    if (array.size() == kClients) break;
    array.push_back(
        json::object{{"client", asker.client.text()}, {"queries", asker.queries}, {"last", format_time(asker.last)}});
  }
  body["asked_by"] = std::move(array);
  body["askers"] = askers.size();
}

json::object about_address(const Store& store, const IpAddress& address, const std::stop_token& stop) {
  json::object body{{"subject", address.text()}, {"kind", "address"}};
  json::array entries, needs, changes, actions;
  std::set<DnsName> names;
  const auto damaged = [&](const Problem& problem) { body["damage"] = problem.what; };
  for (const LedgerEntry& entry : store.ledger->find(address)) {
    for (const Evidence& evidence : entry.evidence) {
      if (!evidence.name.is_root()) names.insert(evidence.name);
    }
    json::object value = entry_value(entry);
    value["freshness"] = freshness_name(freshness(entry.last_seen, store.clock->wall()));
    entries.push_back(std::move(value));
  }
  body["entries"] = std::move(entries);
  if (const auto special = special_purpose(address)) body["special_purpose"] = *special;
  if (const auto found = store.ledger->names_of(address)) {
    for (const Need& need : *found) needs.push_back(need_value(need));
  } else {
    damaged(found.error());
  }
  body["needed_by"] = std::move(needs);
  if (const auto generations = store.ledger->generations_of(address, kRecent)) {
    for (const GenerationSummary& generation : *generations) {
      for (const GenerationChange& change : generation.changes) {
        if (change.shared) continue;  // it went into no feed of this name
        changes.push_back(json::object{{"generation", generation.number},
                                       {"created", format_time(generation.created)},
                                       {"profile", change.profile},
                                       {"change", change.added ? "added" : "removed"},
                                       {"reason", change.reason}});
      }
    }
  } else {
    damaged(generations.error());
  }
  body["changes"] = std::move(changes);
  if (const auto done = store.ledger->actions(kRecent, address)) {
    for (const LedgerAction& action : *done) actions.push_back(action_value(action));
  } else {
    damaged(done.error());
  }
  body["decisions"] = std::move(actions);

  HistoryLook look(store, stop, body);
  add_askers(look, names, body);
  HistoryFilter told;
  told.answer = address;
  json::array answered;
  look.at(told, [&](const QueryRecord& record) {
    answered.push_back(record_value(record));
    return answered.size() < kRecent;
  });
  HistoryFilter asked;
  asked.client = Network(address, address.is_v4() ? 32 : 128);
  std::uint64_t queries = 0, sunk = 0;
  json::array newest;
  look.at(asked, [&](const QueryRecord& record) {
    queries++;
    if (record.verdict != Verdict::sinkhole) return true;
    sunk++;
    if (newest.size() < kRecent) newest.push_back(record_value(record));
    return true;
  });
  body["answered_to"] = std::move(answered);
  body["queries_as_client"] = queries;
  body["sunk_as_client"] = sunk;
  body["sunk_queries"] = std::move(newest);
  return body;
}

json::object about_name(const Store& store, const DnsName& name, const std::stop_token& stop) {
  const auto configuration = store.configuration();
  const Catalogue& catalogue = *configuration->catalogue;
  json::object body{
      {"subject", name.text()}, {"kind", "name"}, {"coverage", coverage_value(catalogue, catalogue.find(name))}};
  json::array entries;
  for (const LedgerEntry& entry : store.ledger->find(name)) entries.push_back(entry_value(entry));
  body["entries"] = std::move(entries);

  HistoryLook look(store, stop, body);
  HistoryFilter asked;
  asked.name = name;
  std::uint64_t queries = 0;
  json::array newest;
  look.at(asked, [&](const QueryRecord& record) {
    if (queries++ < kRecent) newest.push_back(record_value(record));
    return true;
  });
  body["queries"] = queries;
  body["recent"] = std::move(newest);
  add_askers(look, {name}, body);
  return body;
}

}  // namespace

ApiAnswer api_why(const Store& store, const Parameters& parameters, const std::stop_token& stop) {
  const auto subject = parameters.find("subject");
  if (subject == parameters.end() || subject->second.empty())
    return api_problem(400, "give an address or a name as subject");
  json::object body;
  if (const auto address = IpAddress::parse(subject->second)) {
    body = about_address(store, *address, stop);
  } else if (const auto name = DnsName::parse(subject->second)) {
    body = about_name(store, *name, stop);
  } else {
    return api_problem(400, "\"" + subject->second + "\" is neither an address nor a name: " + name.error().what);
  }
  body["generation"] = store.ledger->current()->number;
  body["now"] = format_time(store.clock->wall());
  return {200, std::move(body)};
}

}  // namespace sinkfeed
