#include "feed/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

#include "feed/totals.hpp"
#include "store/verdict.hpp"

namespace sinkfeed {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric metric(MetricType type, std::uint64_t value, const std::vector<ClientMetric::Label>& labels = {}) {
  ClientMetric made;
  made.label = labels;
  (type == MetricType::Counter ? made.counter.value : made.gauge.value) = static_cast<double>(value);
  return made;
}

MetricFamily family(const std::string& name, const std::string& help, MetricType type) {
  return {"sinkfeed_" + name, help, type, {}};
}

// One value for each profile.
template <class OfProfile, class Value>
MetricFamily by_profile(const std::string& name, const std::string& help, const OfProfile& profiles, Value value) {
  MetricFamily made = family(name, help, MetricType::Gauge);
  for (const auto& [profile, of] : profiles)
    made.metric.push_back(metric(MetricType::Gauge, value(of), {{"profile", profile}}));
  return made;
}

// Each live receiver of the history, by its name in the settings.
void add_sinks(std::vector<MetricFamily>& families, const Store& store) {
  const auto states = store.sinks->states();
  if (states.empty()) return;
  const std::uint64_t end = HistoryFollower::end(*store.history).record;
  const auto add = [&](const char* name, const char* help, MetricType type, auto value) {
    families.push_back(family(name, help, type));
    for (const auto& [sink, state] : states)
      families.back().metric.push_back(metric(type, value(state), {{"sink", sink}}));
  };
  add("history_sink_connected", "Whether a receiver of the history takes records", MetricType::Gauge,
      [](const SinkState& state) { return state.is_connected ? 1U : 0U; });
  add("history_sink_delivered_total", "Records sent to it; what is sent again counts again", MetricType::Counter,
      [](const SinkState& state) { return state.delivered; });
  add("history_sink_missed_total", "Records that were deleted before it could be sent them", MetricType::Counter,
      [](const SinkState& state) { return state.missed; });
  add("history_sink_lag", "Records that it is behind", MetricType::Gauge,
      [&](const SinkState& state) { return end - std::min(end, state.position.record); });
}

MetricFamily one(const std::string& name, const std::string& help, MetricType type, double value) {
  MetricFamily made = family(name, help, type);
  ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  made.metric.push_back(metric);
  return made;
}

double seconds(std::chrono::microseconds time) { return std::chrono::duration<double>(time).count(); }

// Those that there were: of most types hardly any verdict or transport is.
MetricFamily queries(const Counters& counters) {
  MetricFamily made = family("queries_total", "Clients' queries, by what became of them, what they asked for and how",
                             MetricType::Counter);
  const QueryCounts counts = counters.queries();
  for (std::size_t place = 0; place < counts.size(); place++) {
    const std::size_t of_type = place % kCountedTypes.size(), row = place / kCountedTypes.size();
    const bool is_usual = of_type == 0 && row % kTransports == 0;
    if (!counts[place] && !is_usual) continue;
    made.metric.push_back(
        metric(MetricType::Counter, counts[place],
               {{"verdict", std::string(verdict_name(static_cast<Verdict>(row / kTransports)))},
                {"qtype", of_type + 1 == kCountedTypes.size() ? "other" : type_name(kCountedTypes.at(of_type))},
                {"proto", std::string(transport_name(static_cast<Transport>(row % kTransports)))}}));
  }
  return made;
}

// How long answers took, from the packet's arrival until it was recorded.
MetricFamily responses(const Counters& counters) {
  MetricFamily made = family("response_seconds", "How long clients' queries took to answer", MetricType::Histogram);
  const LatencyCounts counts = counters.latencies();
  ClientMetric metric;
  std::uint64_t below = 0;
  for (std::size_t place = 0; place < counts.size(); place++) {
    const bool is_last = place == kLatencyBounds.size();
    const double bound = kLatencyBounds[is_last ? place - 1 : place] / 1e6;
    below += counts[place];
    metric.histogram.bucket.push_back(
        {.cumulative_count = below, .upper_bound = is_last ? std::numeric_limits<double>::infinity() : bound});
  }
  metric.histogram.sample_count = below;
  metric.histogram.sample_sum = static_cast<double>(counters.sum(&WorkerCounters::latency_us)) / 1e6;
  made.metric.push_back(metric);
  return made;
}

void add_upstreams(std::vector<MetricFamily>& families, const Store& store) {
  MetricFamily up = family("upstream_up", "Whether an upstream server answers", MetricType::Gauge),
               latency = family("upstream_latency_seconds", "How long it takes to, smoothed", MetricType::Gauge),
               asked = family("upstream_server_questions_total", "Questions that were put to it", MetricType::Counter),
               failed = family("upstream_server_failures_total", "Of those, the ones that it did not answer in time",
                               MetricType::Counter);
  for (const Endpoint& server : store.configuration()->settings.upstream.servers) {
    const auto state = store.upstreams.find(server);
    if (!state || !(state->answers + state->failures)) continue;
    const std::vector<ClientMetric::Label> labels{{"server", server.text()}};
    const std::uint64_t failures = state->failures;
    up.metric.push_back(metric(MetricType::Gauge, state->is_avoided() ? 0 : 1, labels));
    asked.metric.push_back(metric(MetricType::Counter, state->answers + failures, labels));
    failed.metric.push_back(metric(MetricType::Counter, failures, labels));
    if (const std::uint32_t took = state->latency_us) {
      ClientMetric smoothed = metric(MetricType::Gauge, 0, labels);
      smoothed.gauge.value = took / 1e6;
      latency.metric.push_back(smoothed);
    }
  }
  for (MetricFamily* made : {&up, &latency, &asked, &failed}) families.push_back(std::move(*made));
}

// 1 for each part that has a sentence in /readyz.
MetricFamily by_part(const std::string& name, const std::string& help,
                     const std::map<std::string, std::string>& parts) {
  MetricFamily made = family(name, help, MetricType::Gauge);
  for (const auto& [part, sentence] : parts) made.metric.push_back(metric(MetricType::Gauge, 1, {{"part", part}}));
  return made;
}

MetricFamily addresses_by_state(const Store& store, const Generation& generation) {
  MetricFamily made = family("ips", "Addresses in the ledger, by what is done with them", MetricType::Gauge);
  for (const auto& [profile, published] : generation.profiles) {
    for (const auto& [state, counts] : store.ledger->count_by_state(profile)) {
      for (const auto& [number, count] : {std::pair("4", counts.v4), std::pair("6", counts.v6)})
        made.metric.push_back(
            metric(MetricType::Gauge, count,
                   {{"profile", profile}, {"state", std::string(state_name(state))}, {"family", number}}));
    }
  }
  return made;
}

// Of each file that firewalls fetch, how long the one that is furthest behind has lacked what is new.
MetricFamily subscriber_lags(const Store& store, WallTime now) {
  std::map<std::string, double> lags;
  for (const Subscriber& subscriber : store.subscribers->list()) {
    double& lag = lags[subscriber.feed];
    if (subscriber.lacks_since) lag = std::max(lag, seconds(now - *subscriber.lacks_since));
  }
  MetricFamily made = family("subscriber_lag_seconds", "Since when the subscriber furthest behind lacks what is newer",
                             MetricType::Gauge);
  for (const auto& [feed, lag] : lags) {
    ClientMetric one_feed = metric(MetricType::Gauge, 0, {{"feed", feed}});
    one_feed.gauge.value = lag;
    made.metric.push_back(one_feed);
  }
  return made;
}

}  // namespace

std::string metrics_text(const Store& store) {
  std::vector<MetricFamily> families;
  families.push_back(queries(store.counters));
  families.push_back(responses(store.counters));
  const WallTime now = store.clock->wall();
  families.push_back(family("build_info", "The version that runs", MetricType::Gauge));
  families.back().metric.push_back(metric(MetricType::Gauge, 1, {{"version", SINKFEED_VERSION}}));
  families.push_back(
      one("start_time_seconds", "When it started", MetricType::Gauge, seconds(store.opened.time_since_epoch())));
  for (const Total& total : totals_of(store.counters)) {
    const MetricType type = total.is_level ? MetricType::Gauge : MetricType::Counter;
    families.push_back(family(std::string(total.name) + (total.is_level ? "" : "_total"), total.help, type));
    families.back().metric.push_back(metric(type, total.value));
  }
  families.push_back(family("problems", "Parts that /readyz names", MetricType::Gauge));
  families.back().metric.push_back(metric(MetricType::Gauge, store.health.problems().size()));
  families.push_back(family("warnings", "Parts that a person should look at", MetricType::Gauge));
  families.back().metric.push_back(metric(MetricType::Gauge, store.health.warnings().size()));
  families.push_back(by_part("problem", "1 while /readyz names the part", store.health.problems()));
  families.push_back(by_part("warning", "1 while a person should look at the part", store.health.warnings()));
  add_upstreams(families, store);
  const auto gauge = [&](const char* name, const char* help, std::size_t value) {
    families.push_back(family(name, help, MetricType::Gauge));
    families.back().metric.push_back(metric(MetricType::Gauge, value));
  };
  const auto history = store.history->totals();
  families.push_back(family("querylog_dropped_total",
                            "Queries that have no record, because a ring was full: a gap tells of them",
                            MetricType::Counter));
  families.back().metric.push_back(metric(MetricType::Counter, history.lost));
  gauge("history_records", "Records of queries that are kept", history.records);
  gauge("history_bytes", "Of their blocks in the store", history.block_bytes);
  if (history.oldest)
    families.push_back(
        one("querylog_oldest_seconds", "Age of the oldest record", MetricType::Gauge, seconds(now - *history.oldest)));
  if (const auto signed_at = store.history->chain().checkpointed())
    families.push_back(one("checkpoint_age_seconds", "Since the chain of evidence was signed last", MetricType::Gauge,
                           seconds(now - *signed_at)));
  const auto subscribers = store.subscribers->totals();
  gauge("subscribers", "Firewalls that fetch feeds, once for each", subscribers.subscribers);
  gauge("subscribers_behind", "Those that hold an older list than there is", subscribers.behind);
  gauge("subscribers_late", "Those that have fallen silent, or do not get what is newer", subscribers.late);
  families.push_back(family("feed_requests_total", "Requests for feeds, by the token that was shown and HTTP status",
                            MetricType::Counter));
  for (const auto& [who, statuses] : subscribers.answers) {
    for (const auto& [status, count] : statuses)
      families.back().metric.push_back(metric(MetricType::Counter, count, {{"subscriber", who}, {"code", status}}));
  }
  families.push_back(family("config_reload_total", "Reloads of the settings", MetricType::Counter));
  families.back().metric.push_back(metric(MetricType::Counter, store.counters.reloads, {{"status", "success"}}));
  families.back().metric.push_back(
      metric(MetricType::Counter, store.counters.refused_reloads, {{"status", "failure"}}));
  add_sinks(families, store);
  const auto generation = store.ledger->current();
  families.push_back(family("feed_generation", "Number of the published edition", MetricType::Gauge));
  families.back().metric.push_back(metric(MetricType::Gauge, generation->number));
  families.push_back(by_profile("feed_entries", "Addresses that are published", generation->profiles,
                                [](const auto& addresses) { return addresses.size(); }));
  families.push_back(addresses_by_state(store, *generation));
  families.push_back(subscriber_lags(store, now));
  const auto pools = store.estimates.profiles();
  using Pool = PoolEstimate;
  const auto add = [&](const char* name, const char* help, auto value) {
    families.push_back(by_profile(name, help, pools, value));
  };
  add("addresses_seen", "Addresses that answers have shown lately", [](const Pool& pool) { return pool.seen; });
  add("addresses_estimated", "How many there are, seen and unseen", [](const Pool& pool) { return pool.estimated; });
  add("addresses_estimated_low", "Lower end of its 95 % interval", [](const Pool& pool) { return pool.low; });
  add("addresses_estimated_high", "Upper end of its 95 % interval", [](const Pool& pool) { return pool.high; });
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace sinkfeed
