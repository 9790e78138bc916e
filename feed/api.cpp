#include "feed/api.hpp"

#include <algorithm>
#include <functional>

#include "feed/api_diff.hpp"
#include "feed/api_estimates.hpp"
#include "feed/api_evidence.hpp"
#include "feed/api_held_back.hpp"
#include "feed/api_history.hpp"
#include "feed/api_history_tail.hpp"
#include "feed/api_ips.hpp"
#include "feed/api_plan.hpp"
#include "feed/api_subscribers.hpp"
#include "feed/api_tokens.hpp"
#include "feed/api_why.hpp"
#include "feed/feed_builder.hpp"
#include "feed/format.hpp"
#include "feed/json_values.hpp"
#include "feed/parameters.hpp"
#include "feed/totals.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kDefaultGenerations = 20, kMaxGenerations = 1000;

json::array endpoints(const std::vector<Endpoint>& list) {
  json::array array;
  for (const Endpoint& endpoint : list) array.push_back(json::value(endpoint.text()));
  return array;
}

json::object counters_value(const Store& store) {
  json::object queries;
  const auto sums = queries_of(store.counters);
  for (std::size_t verdict = 0; verdict < sums.size(); verdict++)
    queries[verdict_name(static_cast<Verdict>(verdict))] = sums[verdict];
  json::object counters{{"queries", std::move(queries)}};
  for (const Total& total : totals_of(store.counters)) counters[total.name] = total.value;
  return counters;
}

json::object history_totals(const Store& store) {
  const HistoryTotals totals = store.history->totals();
  json::object object{{"records", totals.records},
                      {"blocks", totals.blocks},
                      {"block_bytes", totals.block_bytes},
                      {"lost", totals.lost}};
  if (totals.oldest) object["oldest"] = format_time(*totals.oldest);
  if (totals.newest) object["newest"] = format_time(*totals.newest);
  return object;
}

json::array sinks_value(const Store& store) {
  json::array list;
  const std::uint64_t end = HistoryFollower::end(*store.history).record;
  for (const auto& [name, state] : store.sinks->states())
    list.push_back(json::object{{"sink", name},
                                {"connected", state.is_connected},
                                {"problem", state.problem},
                                {"delivered", state.delivered},
                                {"missed", state.missed},
                                {"lag", end - std::min(end, state.position.record)}});
  return list;
}

ApiAnswer status(const Store& store, const Parameters&) {
  const auto configuration = store.configuration();
  const Settings& settings = configuration->settings;
  json::object problems, warnings;
  for (const auto& [part, problem] : store.health.problems()) problems[part] = problem;
  for (const auto& [part, warning] : store.health.warnings()) warnings[part] = warning;
  const auto generation = store.ledger->current();
  json::object profiles;
  for (const auto& [profile, addresses] : generation->profiles)
    profiles[profile] =
        json::object{{"published", addresses.size()}, {"held", store.ledger->count_by_state(profile)[State::held]}};
  for (const auto& [profile, pool] : store.estimates.profiles()) {
    if (json::value* value = profiles.if_contains(profile)) value->as_object()["pool"] = pool_value(pool);
  }
  json::object body{{"version", SINKFEED_VERSION},
                    {"running", store.mode == Database::Mode::read_write},
                    {"now", format_time(store.clock->wall())},
                    {"ready", problems.empty()},
                    {"problems", std::move(problems)},
                    {"warnings", std::move(warnings)},
                    {"settings", settings.file.string()},
                    {"store", settings.store.path.string()},
                    {"store_bytes", store.database->bytes_on_disk()},
                    {"dns", endpoints(settings.dns.listen)},
                    {"http", endpoints(settings.http.listen)},
                    {"https", endpoints(settings.http.tls.listen)},
                    {"upstream", endpoints(settings.upstream.servers)},
                    {"mode", block_mode_name(settings.block.mode)},
                    {"generation", generation->number},
                    {"generation_created", format_time(generation->created)},
                    {"profiles", std::move(profiles)},
                    {"history", history_totals(store)},
                    {"subscribers", subscriber_totals(store)}};
  if (store.mode == Database::Mode::read_write) {
    body["started"] = format_time(store.opened);
    body["workers"] = store.workers.load();
    body["counters"] = counters_value(store);
    body["sinks"] = sinks_value(store);
    body["least_seen"] = least_seen(store);
  }
  return {200, std::move(body)};
}

ApiAnswer feeds(const Store& store, const Parameters&) {
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
                            {"http", endpoints(configuration->settings.http.listen)},
                            {"https", endpoints(configuration->settings.http.tls.listen)},
                            {"feeds", std::move(list)}}};
}

ApiAnswer generations(const Store& store, const Parameters& parameters) {
  const auto limit = limit_of(parameters, kDefaultGenerations, kMaxGenerations);
  if (!limit) return api_problem(400, limit.error().what);
  const auto summaries = store.ledger->generations(*limit);
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
  return {200, json::object{{"generations", std::move(list)}}};
}

ApiAnswer tokens(const Store& store, const Parameters&) { return list_tokens(store); }

}  // namespace

ApiAnswer api_problem(unsigned status, const std::string& detail) {
  return {status, json::object{{"type", "about:blank"},
                               {"title", status == 404  ? "Not found"
                                         : status < 500 ? "The call is wrong"
                                                        : "It failed"},
                               {"status", status},
                               {"detail", detail}}};
}

bool is_search(std::string_view call) {
  return call == "why" || call == "history" || call == "history-top" || call == "plan" || call == "history/verify";
}

ApiAnswer call_api(const Store& store, std::string_view call, const Parameters& parameters,
                   const std::stop_token& stop) {
  if (is_search(call)) {
    ApiAnswer answer = call == "why"              ? api_why(store, parameters, stop)
                       : call == "plan"           ? api_plan(store, parameters, stop)
                       : call == "history-top"    ? api_history_top(store, parameters, stop)
                       : call == "history/verify" ? api_verify(store, parameters)
                                                  : api_history(store, parameters, stop);
    if (stop.stop_requested()) return api_problem(503, "the daemon is being stopped");
    return answer;
  }
  static const std::map<std::string_view, std::function<ApiAnswer(const Store&, const Parameters&)>> calls{
      {"status", status},
      {"ips", api_ips},
      {"estimates", api_estimates},
      {"decisions", api_decisions},
      {"feeds", feeds},
      {"generations", generations},
      {"generation-at", api_generation_at},
      {"diff", api_diff},
      {"waiting", api_waiting},
      {"editions", api_editions},
      {"history-tail", api_history_tail},
      {"subscribers", api_subscribers},
      {"tokens", tokens},
      {"history/links", api_links},
      {"history/holds", api_holds},
      {"history/erasure", api_erasure}};
  const auto found = calls.find(call);
  if (found == calls.end())
    return api_problem(
        404,
        "there is no such call; there are status, ips, estimates, why, plan, decisions, feeds, waiting, generations, "
        "generation-at, diff, editions, subscribers, history, history-top, history-tail, history/export, "
        "history/verify, "
        "history/links, history/holds, history/erasure and tokens");
  return found->second(store, parameters);
}

}  // namespace sinkfeed
