#include "feed/api_plan.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_set>
#include <vector>

#include "feed/history_look.hpp"
#include "feed/parameters.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kShown = 50, kAddressesShown = 3;
constexpr std::string_view kSince = "7d";

struct Cut {
  DnsName name;
  std::uint64_t queries = 0;
  std::set<IpAddress> clients, addresses;
  WallTime last;
};

json::array texts(const std::set<IpAddress>& addresses, std::size_t limit) {
  json::array array;
  for (const IpAddress& address : addresses) {
    if (array.size() == limit) break;
    array.push_back(json::value(address.text()));
  }
  return array;
}

}  // namespace

ApiAnswer api_plan(const Store& store, const Parameters& parameters, const std::stop_token& stop) {
  const auto configuration = store.configuration();
  const std::string profile = given(parameters, "profile"), since_when = given(parameters, "since");
  if (!configuration->catalogue->find_profile(profile))
    return api_problem(404, "no profile \"" + profile + "\" is loaded");
  const auto since = parse_time(since_when.empty() ? kSince : since_when, store.clock->wall());
  if (!since) return api_problem(400, "since: " + since.error().what);

  std::unordered_set<IpAddress> addresses;
  const auto generation = store.ledger->current();
  if (const auto published = generation->profiles.find(profile); published != generation->profiles.end())
    addresses.insert(published->second.begin(), published->second.end());
  const auto with_shared = flag_of(parameters, "shared");
  if (!with_shared) return api_problem(400, with_shared.error().what);
  if (*with_shared) {
    LedgerFilter filter;
    filter.profile = profile;
    filter.state = State::held;
    filter.sharing = Sharing::shared;
    for (const LedgerEntry& entry : store.ledger->entries(filter)) {
      if (entry.cause == Cause::sharing) addresses.insert(entry.address);
    }
  }
  json::object body{{"profile", profile}, {"since", format_time(*since)}, {"addresses", addresses.size()}};
  std::map<DnsName, Cut> cuts;
  std::set<IpAddress> clients;
  std::uint64_t queries = 0;
  HistoryLook look(store, stop, body);
  HistoryFilter passed;
  passed.verdict = Verdict::pass;
  passed.since = *since;
  look.at(passed, [&](const QueryRecord& record) {
    for (const PackedAnswers::Item& item : PackedAnswers::items(record.answers)) {
      const auto address = item.address();
      if (!address || !addresses.contains(*address)) continue;
      Cut& cut = cuts[record.name];
      cut.name = record.name;
      cut.queries++;
      cut.clients.insert(record.client);
      cut.addresses.insert(*address);
      cut.last = std::max(cut.last, record.time);
      clients.insert(record.client);
      queries++;
      break;
    }
    return true;
  });

  std::vector<Cut> most_first;
  for (auto& [name, cut] : cuts) most_first.push_back(std::move(cut));
  std::stable_sort(most_first.begin(), most_first.end(), [](const Cut& a, const Cut& b) {
    return a.clients.size() != b.clients.size() ? a.clients.size() > b.clients.size() : a.queries > b.queries;
  });
  json::array names;
  for (const Cut& cut : most_first) {
    if (names.size() == kShown) break;
    names.push_back(json::object{{"name", cut.name.text()},
                                 {"queries", cut.queries},
                                 {"clients", cut.clients.size()},
                                 {"some_clients", texts(cut.clients, kAddressesShown)},
                                 {"addresses", texts(cut.addresses, kAddressesShown)},
                                 {"last", format_time(cut.last)}});
  }
  body["names"] = std::move(names);
  body["all_names"] = most_first.size();
  body["all_clients"] = clients.size();
  body["all_queries"] = queries;
  body["now"] = format_time(store.clock->wall());
  body["generation"] = generation->number;
  return {200, std::move(body)};
}

}  // namespace sinkfeed
