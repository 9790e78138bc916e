#include "store/timeline.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "config/thread_priority.hpp"
#include "store/keys.hpp"
#include "store/records.pb.h"

namespace sinkfeed {

namespace {

using std::chrono::minutes, std::chrono::seconds;

constexpr seconds kEvery{5};
constexpr std::size_t kMostUnwritten = 60;

std::string key_of(std::int64_t minute) {
  std::string key(keys::kMinute);
  keys::append_u64(key, static_cast<std::uint64_t>(std::max<std::int64_t>(minute, 0)));
  return key;
}

std::int64_t minute_of(WallTime time) { return std::chrono::floor<minutes>(time).time_since_epoch().count(); }

// Calls visit(member of the one, the same of the other) for all that is counted.
template <class One, class Other, class Visit>
void with_each(One& one, Other& other, const Visit& visit) {
  for (std::size_t i = 0; i < one.queries.size(); i++) visit(one.queries[i], other.queries[i]);
  for (std::size_t i = 0; i < one.latencies.size(); i++) visit(one.latencies[i], other.latencies[i]);
  visit(one.cache_hits, other.cache_hits);
  visit(one.upstream_questions, other.upstream_questions);
  visit(one.upstream_failures, other.upstream_failures);
  visit(one.dropped_packets, other.dropped_packets);
  visit(one.history_lost, other.history_lost);
}

void add(TimelinePoint& to, const TimelinePoint& more) {
  to.seconds += more.seconds;
  with_each(to.counts, more.counts, [](std::uint64_t& sum, std::uint64_t value) { sum += value; });
  to.published = more.published;
}

std::string encode(const TimelinePoint& point) {
  records::TimelineMinute record;
  record.set_seconds(point.seconds);
  for (const std::uint64_t queries : point.counts.queries) record.add_queries(queries);
  for (const std::uint64_t latencies : point.counts.latencies) record.add_latencies(latencies);
  record.set_cache_hits(point.counts.cache_hits);
  record.set_upstream_questions(point.counts.upstream_questions);
  record.set_upstream_failures(point.counts.upstream_failures);
  record.set_dropped_packets(point.counts.dropped_packets);
  record.set_history_lost(point.counts.history_lost);
  for (const auto& [profile, published] : point.published) (*record.mutable_published())[profile] = published;
  return record.SerializeAsString();
}

bool decode(std::string_view bytes, TimelinePoint& point) {
  records::TimelineMinute record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return false;
  point.seconds = record.seconds();
  const auto fill = [](auto& to, const auto& from) {
    for (std::size_t i = 0; i < to.size() && i < static_cast<std::size_t>(from.size()); i++)
      to[i] = from.Get(static_cast<int>(i));
  };
  fill(point.counts.queries, record.queries());
  fill(point.counts.latencies, record.latencies());
  point.counts.cache_hits = record.cache_hits();
  point.counts.upstream_questions = record.upstream_questions();
  point.counts.upstream_failures = record.upstream_failures();
  point.counts.dropped_packets = record.dropped_packets();
  point.counts.history_lost = record.history_lost();
  point.published = {record.published().begin(), record.published().end()};
  return true;
}

}  // namespace

void Timeline::start(Look look) {
  look_ = std::move(look);
  note(look_());
  thread_ = std::thread([this] { run(); });
}

void Timeline::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  note(look_());
  write();
}

void Timeline::run() {
  enter_background("timeline");
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kEvery, [&] { return stopping_; })) {
    lock.unlock();
    note(look_());
    lock.lock();
  }
}

void Timeline::note(const Now& now) {
  bool is_over = false;
  {
    const std::lock_guard lock(mutex_);
    const SteadyTime steady = clock_.steady();
    // What has come since the last look is the present minute's: a look is short beside it.
    const std::int64_t minute = minute_of(clock_.wall());
    is_over = !unwritten_.empty() && !unwritten_.contains(minute);
    TimelinePoint& point = unwritten_[minute];
    TimelineCounts since = now.counts;
    with_each(since, before_, [](std::uint64_t& value, std::uint64_t before) { value -= std::min(value, before); });
    // Whole seconds; what is left of one counts next time.
    const auto passed = noted_ ? std::chrono::duration_cast<seconds>(steady - *noted_) : seconds(0);
    TimelinePoint more{point.time, static_cast<std::uint32_t>(passed.count()), since, now.published};
    add(point, more);
    before_ = now.counts;
    noted_ = noted_ ? *noted_ + passed : steady;
  }
  if (is_over) write();
}

// All that is there; the present minute too, if the program ends. One that was written before (the clock was set back,
// or a restart) is added to.
void Timeline::write() {
  const std::lock_guard moving(moving_);
  std::map<std::int64_t, TimelinePoint> points;
  {
    const std::lock_guard lock(mutex_);
    points = unwritten_;
    if (!stopping_) points.erase(minute_of(clock_.wall()));
  }
  Database::Batch batch;
  for (auto& [minute, point] : points) {
    const auto there = database_.get(Column::meta, key_of(minute));
    if (TimelinePoint former; there && *there && decode(**there, former)) {
      add(former, point);
      point = std::move(former);
    }
    batch.put(Column::meta, key_of(minute), encode(point));
  }
  const auto written = batch.empty() ? Result<void>() : database_.write(batch);
  const std::lock_guard lock(mutex_);
  if (!written) {
    // `history` and `store` say in /readyz that the disk is full; charts may have a hole.
    spdlog::debug("minutes for the charts are not written yet: {}", written.error().what);
    while (unwritten_.size() > kMostUnwritten) unwritten_.erase(unwritten_.begin());
    return;
  }
  for (const auto& [minute, point] : points) unwritten_.erase(minute);
}

Result<std::vector<TimelinePoint>> Timeline::read(WallTime since, WallTime until, minutes step) const {
  std::map<std::int64_t, TimelinePoint> steps;
  const std::int64_t width = step.count();
  const auto take = [&](std::int64_t minute, const TimelinePoint& point) {
    const std::int64_t begin = minute / width * width;
    const auto at = steps.try_emplace(begin).first;
    at->second.time = WallTime(minutes(begin));
    add(at->second, point);
  };
  const std::lock_guard staying(moving_);
  const std::int64_t first = (minute_of(since) + width - 1) / width * width;
  const auto done = database_.scan(Column::meta, key_of(first), key_of(minute_of(until) + 1),
                                   [&](std::string_view key, std::string_view value) {
                                     TimelinePoint point;
                                     key.remove_prefix(keys::kMinute.size());
                                     if (decode(value, point))
                                       take(static_cast<std::int64_t>(keys::read_u64(key)), point);
                                     return true;
                                   });
  if (!done) return done.error();
  const std::lock_guard lock(mutex_);
  for (const auto& [minute, point] : unwritten_) {
    if (minute >= first && minute <= minute_of(until)) take(minute, point);
  }
  std::vector<TimelinePoint> points;
  for (auto& [begin, point] : steps) points.push_back(std::move(point));
  return points;
}

}  // namespace sinkfeed
