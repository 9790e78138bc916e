#include "feed/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>

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

}  // namespace

std::string metrics_text(const Store& store) {
  std::vector<MetricFamily> families;
  MetricFamily queries = family("queries_total", "Clients' queries, by what became of them", MetricType::Counter);
  const auto sums = queries_of(store.counters);
  for (std::size_t verdict = 0; verdict < sums.size(); verdict++)
    queries.metric.push_back(metric(MetricType::Counter, sums[verdict],
                                    {{"verdict", std::string(verdict_name(static_cast<Verdict>(verdict)))}}));
  families.push_back(std::move(queries));
  for (const Total& total : totals_of(store.counters)) {
    const MetricType type = total.is_level ? MetricType::Gauge : MetricType::Counter;
    families.push_back(family(std::string(total.name) + (total.is_level ? "" : "_total"), total.help, type));
    families.back().metric.push_back(metric(type, total.value));
  }
  families.push_back(family("problems", "Parts that /readyz names", MetricType::Gauge));
  families.back().metric.push_back(metric(MetricType::Gauge, store.health.problems().size()));
  families.push_back(family("warnings", "Parts that a person should look at", MetricType::Gauge));
  families.back().metric.push_back(metric(MetricType::Gauge, store.health.warnings().size()));
  const auto gauge = [&](const char* name, const char* help, std::size_t value) {
    families.push_back(family(name, help, MetricType::Gauge));
    families.back().metric.push_back(metric(MetricType::Gauge, value));
  };
  const auto history = store.history->totals();
  families.push_back(family("history_lost_total",
                            "Queries that have no record, because a ring was full: a gap tells of them",
                            MetricType::Counter));
  families.back().metric.push_back(metric(MetricType::Counter, history.lost));
  gauge("history_records", "Records of queries that are kept", history.records);
  gauge("history_bytes", "Of their blocks in the store", history.block_bytes);
  const auto subscribers = store.subscribers->totals();
  gauge("subscribers", "Firewalls that fetch feeds, once for each", subscribers.subscribers);
  gauge("subscribers_behind", "Those that hold an older list than there is", subscribers.behind);
  gauge("subscribers_late", "Those that have fallen silent, or do not get what is newer", subscribers.late);
  families.push_back(
      family("feed_answers_total", "Answers to requests for feeds, by HTTP status", MetricType::Counter));
  for (const auto& [status, count] : subscribers.answers)
    families.back().metric.push_back(metric(MetricType::Counter, count, {{"status", status}}));
  add_sinks(families, store);
  const auto generation = store.ledger->current();
  families.push_back(family("generation", "Number of the published edition", MetricType::Gauge));
  families.back().metric.push_back(metric(MetricType::Gauge, generation->number));
  families.push_back(by_profile("published_addresses", "Addresses in the feed", generation->profiles,
                                [](const auto& addresses) { return addresses.size(); }));
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
