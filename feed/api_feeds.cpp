#include "feed/api_feeds.hpp"

#include <limits>

#include "feed/api_status.hpp"
#include "feed/feed_builder.hpp"
#include "feed/format.hpp"
#include "feed/json_values.hpp"
#include "feed/parameters.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kDefaultGenerations = 20, kMaxGenerations = 1000;

}  // namespace

ApiAnswer api_feeds(const Store& store, const Parameters&) {
  json::array list;
  const auto generation = store.ledger->current();
  const auto configuration = store.configuration();
  for (const FeedDefinition& feed : configuration->feeds) {
    const auto content = build_feed(feed, *generation, *configuration->catalogue, find_format("txt")->facts(), {},
                                    entries_of(*store.ledger));
    if (!content) continue;  // its profile is in no generation yet
    json::array paths;
    for (const FeedFormat* format : feed_formats())
      paths.push_back(json::value("/feed/" + feed.name + "." + std::string(format->facts().extension)));
    list.push_back(json::object{{"name", feed.name},
                                {"title", content->title},
                                {"profiles", json::array(feed.profiles.begin(), feed.profiles.end())},
                                {"shared", shared_addresses_name(feed.shared)},
                                {"aggregation", aggregation_name(feed.aggregation)},
                                {"ports", json::array(content->ports.begin(), content->ports.end())},
                                {"entries", content->networks.size() + content->shared.size()},
                                {"left_out", content->left_out},
                                {"paths", std::move(paths)}});
  }
  return {200, json::object{{"generation", generation->number},
                            {"created", format_time(generation->created)},
                            {"http", endpoint_values(configuration->settings.http.listen)},
                            {"https", endpoint_values(configuration->settings.http.tls.listen)},
                            {"feeds", std::move(list)}}};
}

ApiAnswer api_formats(const Store&, const Parameters&) {
  json::array list;
  for (const FeedFormat* format : feed_formats()) {
    const FormatFacts& facts = format->facts();
    json::object value = format_value(facts);
    if (facts.family) value["family"] = *facts.family;
    value["reads_prefixes"] = facts.reads_prefixes;
    value["reads_ranges"] = facts.reads_ranges;
    value["says_ports"] = facts.says_ports;
    value["blocks_every_port"] = facts.blocks_every_port;
    if (facts.most) value["most"] = facts.most;
    list.push_back(std::move(value));
  }
  return {200, json::object{{"formats", std::move(list)}}};
}

ApiAnswer api_generations(const Store& store, const Parameters& parameters) {
  const auto limit = limit_of(parameters, kDefaultGenerations, kMaxGenerations);
  if (!limit) return api_problem(400, limit.error().what);
  const auto before = before_of(parameters);
  if (!before) return api_problem(400, before.error().what);
  const auto summaries = store.ledger->generations(*limit, *before);
  if (!summaries) return api_problem(500, summaries.error().what);
  json::array list;
  for (const GenerationSummary& summary : *summaries) {
    json::array changes;
    for (const GenerationChange& change : summary.changes)
      changes.push_back(json::object{{"change", change.added ? "added" : "removed"},
                                     {"profile", change.profile},
                                     {"address", change.address.text()},
                                     {"list", change.shared ? "shared" : "published"},
                                     {"reason", change.reason}});
    list.push_back(json::object{{"number", summary.number},
                                {"created", format_time(summary.created)},
                                {"published", summary.published},
                                {"changes", std::move(changes)}});
  }
  json::object body{{"generations", std::move(list)}};
  if (summaries->size() == *limit && summaries->back().number > 1)
    body["next"] = std::to_string(summaries->back().number);
  return {200, std::move(body)};
}

}  // namespace sinkfeed
