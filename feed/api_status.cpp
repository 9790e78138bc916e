#include "feed/api_status.hpp"

#include <algorithm>

#include "feed/api_estimates.hpp"
#include "feed/api_subscribers.hpp"
#include "feed/json_values.hpp"
#include "feed/parameters.hpp"
#include "feed/totals.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kUsualPoints = 240, kMostPoints = 1000;
constexpr const char* kSince = "24h";

json::object sentences(const std::map<std::string, std::string>& parts) {
  json::object object;
  for (const auto& [part, sentence] : parts) object[part] = sentence;
  return object;
}

json::object by_verdict(const std::array<std::uint64_t, kVerdicts>& sums) {
  json::object queries;
  for (std::size_t verdict = 0; verdict < sums.size(); verdict++)
    queries[verdict_name(static_cast<Verdict>(verdict))] = sums[verdict];
  return queries;
}

json::object totals_value(const Store& store) {
  json::object counters;
  for (const Total& total : totals_of(store.counters)) counters[total.name] = total.value;
  return counters;
}

json::object counters_value(const Store& store) {
  json::object counters{{"queries", by_verdict(store.counters.queries_by_verdict())}};
  for (const auto& total : totals_value(store)) counters.insert(total);
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

json::object point_value(const TimelinePoint& point) {
  const TimelineCounts& counts = point.counts;
  json::object published(json::object(point.published.size()));
  for (const auto& [profile, addresses] : point.published) published[profile] = addresses;
  json::object value{{"time", format_second(point.time)},
                     {"seconds", point.seconds},
                     {"queries", by_verdict(counts.queries)},
                     {"cache_hits", counts.cache_hits},
                     {"upstream_questions", counts.upstream_questions},
                     {"upstream_failures", counts.upstream_failures},
                     {"dropped_packets", counts.dropped_packets},
                     {"history_lost", counts.history_lost},
                     {"published", std::move(published)}};
  if (const auto median = latency_quantile(counts.latencies, 0.5))
    value["latency_us"] = json::object{{"p50", *median},
                                       {"p95", *latency_quantile(counts.latencies, 0.95)},
                                       {"p99", *latency_quantile(counts.latencies, 0.99)}};
  return value;
}

// Steps that a person reads; the first that makes at most so many of it.
std::chrono::minutes step_of(std::chrono::microseconds span, std::size_t points) {
  constexpr std::array<int, 12> kSteps{1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440};
  for (const int step : kSteps) {
    if (span <= std::chrono::minutes(step) * points) return std::chrono::minutes(step);
  }
  const auto days = span / (std::chrono::days(1) * points) + 1;
  return std::chrono::minutes(1440 * days);
}

}  // namespace

json::array endpoint_values(const std::vector<Endpoint>& endpoints) {
  json::array array;
  for (const Endpoint& endpoint : endpoints) array.push_back(json::value(endpoint.text()));
  return array;
}

ApiAnswer api_status(const Store& store, const Parameters&) {
  const auto configuration = store.configuration();
  const Settings& settings = configuration->settings;
  json::object problems = sentences(store.health.problems());
  const auto generation = store.ledger->current();
  json::object profiles;
  for (const auto& [profile, addresses] : generation->profiles)
    profiles[profile] = json::object{{"published", addresses.size()},
                                     {"held", store.ledger->count_by_state(profile)[State::held].all()}};
  for (const auto& [profile, pool] : store.estimates.profiles()) {
    if (json::value* value = profiles.if_contains(profile)) value->as_object()["pool"] = pool_value(pool);
  }
  json::object body{{"version", SINKFEED_VERSION},
                    {"running", store.mode == Database::Mode::read_write},
                    {"now", format_time(store.clock->wall())},
                    {"ready", problems.empty()},
                    {"problems", std::move(problems)},
                    {"warnings", sentences(store.health.warnings())},
                    {"settings", settings.file.string()},
                    {"store", settings.store.path.string()},
                    {"store_bytes", store.database->bytes_on_disk()},
                    {"dns", endpoint_values(settings.dns.listen)},
                    {"http", endpoint_values(settings.http.listen)},
                    {"https", endpoint_values(settings.http.tls.listen)},
                    {"upstream", endpoint_values(settings.upstream.servers)},
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

ApiAnswer api_upstreams(const Store& store, const Parameters&) {
  json::array list;
  for (const Endpoint& server : store.configuration()->settings.upstream.servers) {
    json::object value{{"server", server.text()}, {"state", "unknown"}, {"questions", 0}, {"failures", 0}};
    if (const auto state = store.upstreams.find(server)) {
      const std::uint64_t answers = state->answers, failures = state->failures;
      value["questions"] = answers + failures;
      value["failures"] = failures;
      if (answers + failures) value["state"] = state->is_avoided() ? "avoided" : "ok";
      if (const std::uint32_t latency = state->latency_us) value["latency_us"] = latency;
    }
    list.push_back(std::move(value));
  }
  return {200, json::object{{"upstreams", std::move(list)}}};
}

ApiAnswer api_timeline(const Store& store, const Parameters& parameters) {
  const WallTime now = store.clock->wall();
  const std::string from = given(parameters, "since"), to = given(parameters, "until");
  const auto since = parse_time(from.empty() ? kSince : from, now);
  if (!since) return api_problem(400, "since: " + since.error().what);
  const auto until = to.empty() ? Result<WallTime>(now) : parse_time(to, now);
  if (!until) return api_problem(400, "until: " + until.error().what);
  if (*until <= *since) return api_problem(400, "until is not later than since");
  const auto points = limit_of(parameters, kUsualPoints, kMostPoints, "points");
  if (!points) return api_problem(400, points.error().what);
  const auto step = step_of(*until - *since, *points);
  const auto found = store.timeline->read(*since, *until, step);
  if (!found) return api_problem(500, found.error().what);
  json::array list;
  for (const TimelinePoint& point : *found) list.push_back(point_value(point));
  return {200,
          json::object{
              {"now", format_time(now)}, {"step", std::chrono::seconds(step).count()}, {"points", std::move(list)}}};
}

json::object live_value(const Store& store) {
  const auto generation = store.ledger->current();
  json::object published;
  for (const auto& [profile, addresses] : generation->profiles) published[profile] = addresses.size();
  const HistoryTotals history = store.history->totals();
  const auto problems = store.health.problems();
  return {{"now", format_time(store.clock->wall())},
          {"started", format_time(store.opened)},
          {"ready", problems.empty()},
          {"problems", sentences(problems)},
          {"warnings", sentences(store.health.warnings())},
          {"queries", by_verdict(store.counters.queries_by_verdict())},
          {"counters", totals_value(store)},
          {"generation", generation->number},
          {"generation_created", format_time(generation->created)},
          {"published", std::move(published)},
          {"subscribers", subscriber_totals(store)},
          {"history", json::object{{"records", history.records}, {"lost", history.lost}}}};
}

}  // namespace sinkfeed
