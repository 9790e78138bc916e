#include "feed/api_ips.hpp"

#include <array>

#include "feed/json_values.hpp"
#include "feed/parameters.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kDefaultLimit = 1000, kMostEntries = 10000;

// The one of `values` that `name` calls so; nothing if nothing is given.
template <class Value, std::size_t kCount, class Name>
Result<std::optional<Value>> one_of(const Parameters& parameters, const char* parameter,
                                    const std::array<Value, kCount>& values, Name name) {
  const std::string text = given(parameters, parameter);
  if (text.empty()) return std::optional<Value>();
  std::string names;
  for (const Value value : values) {
    if (name(value) == text) return std::optional<Value>(value);
    names += (names.empty() ? "" : ", ") + std::string(name(value));
  }
  return Problem{std::string(parameter) + " is one of " + names + ", not \"" + text + "\""};
}

Result<LedgerFilter> filter_of(const Parameters& parameters) {
  LedgerFilter filter;
  const auto state = one_of(parameters, "state",
                            std::array{State::published, State::held, State::allowed, State::expired}, state_name);
  const auto sharing = one_of(parameters, "sharing", std::array{Sharing::shared, Sharing::exclusive}, sharing_name);
  const auto fresh =
      one_of(parameters, "fresh", std::array{Freshness::hot, Freshness::warm, Freshness::cold}, freshness_name);
  const auto family = one_of(parameters, "family", std::array{4, 6}, [](int f) { return std::to_string(f); });
  const auto limit = limit_of(parameters, kDefaultLimit, kMostEntries);
  if (!state) return state.error();
  if (!sharing) return sharing.error();
  if (!fresh) return fresh.error();
  if (!family) return family.error();
  if (!limit) return limit.error();
  filter.state = *state;
  filter.sharing = *sharing;
  filter.freshness = *fresh;
  filter.family = *family;
  filter.limit = *limit;
  if (const std::string profile = given(parameters, "profile"); !profile.empty()) filter.profile = profile;
  if (const std::string text = given(parameters, "name"); !text.empty()) {
    filter.below = text.starts_with("*.");
    auto name = DnsName::parse(filter.below ? text.substr(2) : text);
    if (!name) return Problem{"name: " + name.error().what};
    if (name->text().find('*') != std::string::npos)
      return Problem{"name: a * stands only at the start here, for all names below one: *.example.com"};
    filter.name = *std::move(name);
  }
  if (const std::string text = given(parameters, "network"); !text.empty()) {
    const auto network = Network::parse(text);
    if (!network) return Problem{"network: " + network.error().what};
    filter.network = *network;
  }
  auto after = place_of(parameters);
  if (!after) return after.error();
  filter.after = *std::move(after);
  return filter;
}

}  // namespace

ApiAnswer api_ips(const Store& store, const Parameters& parameters) {
  const auto filter = filter_of(parameters);
  if (!filter) return api_problem(400, filter.error().what);
  if (filter->profile && !store.configuration()->catalogue->find_profile(*filter->profile))
    return api_problem(404, "no profile \"" + *filter->profile + "\" is loaded");
  const std::vector<LedgerEntry> entries = store.ledger->entries(*filter);
  json::array values;
  for (const LedgerEntry& entry : entries) {
    json::object value = entry_value(entry);
    value["freshness"] = freshness_name(freshness(entry.last_seen, store.clock->wall()));
    values.push_back(std::move(value));
  }
  json::object body{{"generation", store.ledger->current()->number},
                    {"now", format_time(store.clock->wall())},
                    {"entries", std::move(values)}};
  if (entries.size() == filter->limit) body["next"] = place_text({entries.back().profile, entries.back().address});
  return {200, std::move(body)};
}

ApiAnswer api_decisions(const Store& store, const Parameters& parameters) {
  const auto limit = limit_of(parameters, kDefaultLimit, kMostEntries);
  if (!limit) return api_problem(400, limit.error().what);
  std::optional<IpAddress> address;
  if (const std::string text = given(parameters, "address"); !text.empty()) {
    const auto parsed = IpAddress::parse(text);
    if (!parsed) return api_problem(400, "address: " + parsed.error().what);
    address = *parsed;
  }
  const auto before = before_of(parameters);
  if (!before) return api_problem(400, before.error().what);
  const auto done = store.ledger->actions(*limit, address, *before);
  if (!done) return api_problem(500, done.error().what);
  json::array values;
  for (const LedgerAction& action : *done) values.push_back(action_value(action));
  json::object body{{"now", format_time(store.clock->wall())}, {"decisions", std::move(values)}};
  if (done->size() == *limit) body["next"] = std::to_string(done->back().number);
  return {200, std::move(body)};
}

}  // namespace sinkfeed
