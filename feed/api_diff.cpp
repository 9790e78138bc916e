#include "feed/api_diff.hpp"

#include <algorithm>

#include "feed/feed_builder.hpp"
#include "feed/feed_delta.hpp"
#include "feed/listings/address_ranges.hpp"
#include "feed/parameters.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

struct Compared {
  std::shared_ptr<const Generation> generation;
  ApiAnswer refusal;
};

Compared generation_of(const Store& store, const Parameters& parameters, const std::string& name) {
  const std::string text = given(parameters, name);
  if (text.empty() && name == "to") return {store.ledger->current(), {}};
  const auto number = whole_number(text);
  if (!number)
    return {nullptr, api_problem(400, name + " is the number of a generation; `sinkfeed feed list` shows the newest")};
  const auto found = store.ledger->generation(*number);
  if (!found) return {nullptr, api_problem(500, found.error().what)};
  if (!*found) return {nullptr, api_problem(410, "there is no generation " + text + " to be had")};
  return {*found, {}};
}

}  // namespace

ApiAnswer api_diff(const Store& store, const Parameters& parameters) {
  const auto configuration = store.configuration();
  const std::string name = given(parameters, "feed");
  const auto feed = std::find_if(configuration->feeds.begin(), configuration->feeds.end(),
                                 [&](const FeedDefinition& one) { return one.name == name; });
  if (feed == configuration->feeds.end())
    return api_problem(404, "no feed \"" + name + "\"; `sinkfeed feed list` lists them");
  const Compared from = generation_of(store, parameters, "from"), to = generation_of(store, parameters, "to");
  if (!from.generation) return from.refusal;
  if (!to.generation) return to.refusal;
  const Entries entries = entries_of(*store.ledger);
  const auto content = [&](const Generation& generation) {
    return build_feed(*feed, generation, *configuration->catalogue, find_format("txt")->facts(), {}, entries);
  };
  const auto before = content(*from.generation), after = content(*to.generation);
  if (!before || !after) return api_problem(404, "that feed's profiles are in no generation yet");
  json::array added, removed;
  for (const FeedDelta::Change& change : delta_of(*before, *after).changes) {
    std::string text;
    append_network(text, change.network);
    (change.added ? added : removed).push_back(json::value(text));
  }
  return {200, json::object{{"feed", name},
                            {"from", from.generation->number},
                            {"from_created", format_time(from.generation->created)},
                            {"to", to.generation->number},
                            {"to_created", format_time(to.generation->created)},
                            {"added", std::move(added)},
                            {"removed", std::move(removed)}}};
}

ApiAnswer api_generation_at(const Store& store, const Parameters& parameters) {
  const auto time = parse_time(given(parameters, "time"), store.clock->wall());
  if (!time) return api_problem(400, "time: " + time.error().what);
  const auto number = store.ledger->generation_at(*time);
  if (!number) return api_problem(500, number.error().what);
  if (!*number) return api_problem(404, "nothing was published then yet");
  const auto generation = store.ledger->generation(*number);
  if (!generation) return api_problem(500, generation.error().what);
  if (!*generation) return api_problem(410, "generation " + std::to_string(*number) + " is too long ago");
  return {200,
          json::object{
              {"time", format_time(*time)}, {"generation", *number}, {"created", format_time((*generation)->created)}}};
}

ApiAnswer api_editions(const Store& store, const Parameters& parameters) {
  constexpr std::size_t kMost = 100;
  constexpr std::chrono::seconds kPatience{10};
  const auto configuration = store.configuration();
  const std::string name = given(parameters, "feed"), family = given(parameters, "family");
  const auto feed = std::find_if(configuration->feeds.begin(), configuration->feeds.end(),
                                 [&](const FeedDefinition& one) { return one.name == name; });
  if (feed == configuration->feeds.end())
    return api_problem(404, "no feed \"" + name + "\"; `sinkfeed feed list` lists them");
  if (!family.empty() && family != "4" && family != "6") return api_problem(400, "family is 4 or 6");
  const auto limit = limit_of(parameters, 1, kMost);
  if (!limit) return api_problem(400, limit.error().what);
  const auto with_networks = flag_of(parameters, "networks");
  if (!with_networks) return api_problem(400, with_networks.error().what);
  FeedWishes wishes{{}, Aggregation::lossless, false};
  if (!family.empty()) wishes.family = family == "4" ? 4 : 6;
  json::object body{{"feed", name}};
  json::array editions;
  const auto end = store.clock->steady() + kPatience;
  const std::uint64_t newest = store.ledger->current()->number;
  for (std::uint64_t number = newest; number && editions.size() < *limit; number--) {
    if (store.clock->steady() > end) {
      body["unfinished"] = true;
      break;
    }
    const auto generation = store.ledger->generation(number);
    if (!generation) return api_problem(500, generation.error().what);
    if (!*generation) break;
    const auto content = build_feed(*feed, **generation, *configuration->catalogue, find_format("txt")->facts(), wishes,
                                    entries_of(*store.ledger));
    if (!content) break;
    std::vector<AddressRange> ranges;
    for (const Network& network : content->networks) ranges.push_back(range_of(network));
    editions.push_back(json::object{{"generation", number},
                                    {"created", format_time((*generation)->created)},
                                    {"digest", digest_of(normalized(std::move(ranges)))}});
    if (number != newest || !*with_networks) continue;
    json::array networks;
    for (const Network& network : content->networks) networks.push_back(json::value(network.text()));
    body["networks"] = std::move(networks);
  }
  if (editions.empty()) return api_problem(404, "that feed's profiles are in no generation yet");
  body["editions"] = std::move(editions);
  return {200, std::move(body)};
}

}  // namespace sinkfeed
