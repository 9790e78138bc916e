#include "feed/out/history_sink.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "config/thread_priority.hpp"

namespace sinkfeed {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kBatch = 256;  // records
// The history's writer takes records out of the rings ten times a second; so they are there within a quarter of one.
constexpr milliseconds kLook{100};
constexpr milliseconds kFirstPause{500}, kLongestPause = seconds{15};
constexpr seconds kKeepEvery{5};
constexpr seconds kBehind{60}, kPatience{10};  // how old the next record may be; how long that may last

}  // namespace

HistorySink::HistorySink(Store& store, SinkSettings settings)
    : store_(store), settings_(std::move(settings)), name_(settings_.name()), follower_(*store.history, {}) {
  store_.sinks->report(name_, state_);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

bool HistorySink::pause(const std::stop_token& stop, milliseconds time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any ended;
  ended.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

// A sink that is new begins with what comes from now on.
bool HistorySink::find_start(const std::stop_token& stop) {
  for (;;) {
    const HistoryPosition end = HistoryFollower::end(*store_.history);
    const auto kept = store_.sinks->kept(name_);
    const bool is_known = kept && *kept;
    if (kept) {
      const HistoryPosition start = is_known ? **kept : end;
      follower_.go_to(start);
      marks_ = DeliveryMarks(start);
      state_.position = start;
      if (is_known) kept_ = start;
      keep_position(true);
      return true;
    }
    broke_off(kept.error());
    if (!pause(stop, kFirstPause)) return false;
  }
}

void HistorySink::run(const std::stop_token& stop) {
  enter_background("sink");
  if (!find_start(stop)) return;
  milliseconds wait = kFirstPause;
  while (!stop.stop_requested()) {
    const std::uint64_t before = state_.delivered;
    SinkChannel channel(settings_, stop);
    auto outcome = channel.open();
    if (outcome) {
      const auto writer = make_sink_writer(settings_, channel);
      outcome = writer->greet();
      if (outcome) outcome = deliver(*writer, channel, stop);
    }
    if (stop.stop_requested()) break;
    broke_off(outcome.error());
    keep_position(false);
    if (state_.delivered > before) wait = kFirstPause;
    if (!pause(stop, wait)) break;
    wait = std::min(2 * wait, kLongestPause);
  }
  keep_position(true);
  store_.health.warn("sink " + name_, "");
}

Result<void> HistorySink::deliver(SinkWriter& writer, SinkChannel& channel, const std::stop_token& stop) {
  state_.is_connected = true;
  state_.problem.clear();
  report();
  while (!stop.stop_requested()) {
    const auto has_read = read_batch();
    if (!has_read) return has_read.error();
    if (!batch_.empty()) {
      const bool is_old = store_.clock->wall() - batch_.front().time > kBehind;
      if (!is_old)
        behind_since_.reset();
      else if (!behind_since_)
        behind_since_ = store_.clock->steady();
    } else if (!*has_read) {
      behind_since_.reset();
    }
    const auto sent = batch_.empty() ? Result<std::size_t>(0) : writer.write(batch_);
    if (!sent) return sent.error();
    state_.delivered += batch_.size();
    const SteadyTime now = store_.clock->steady();
    marks_.sent(*sent, follower_.position(), now);
    marks_.flows(now);
    if (channel.is_all_read()) marks_.all_read();
    if (channel.has_ended()) return Problem{"it hung up"};
    report();
    keep_position(false);
    if (!*has_read) pause(stop, kLook);
  }
  if (writer.part()) marks_.all_read();
  return {};
}

Result<bool> HistorySink::read_batch() {
  batch_.clear();
  const HistoryPosition before = follower_.position();
  const auto read = follower_.read(kBatch, [&](const QueryRecord& record) {
    const auto& wanted = settings_.verdicts;
    if (record.kind == QueryRecord::Kind::gap || wanted.empty() ||
        std::find(wanted.begin(), wanted.end(), verdict_name(record.verdict)) != wanted.end())
      batch_.push_back(record);
  });
  if (!read) return read.error();
  if (const std::uint64_t missed = follower_.take_missed()) {
    QueryRecord gap;
    gap.kind = QueryRecord::Kind::gap;
    gap.time = store_.clock->wall();
    gap.gap_count = missed;
    gap.rule = "they were deleted (history.retention, history.max_size), or damaged, before they could be delivered";
    spdlog::warn("sink {}: {} records are not delivered: {}", name_, missed, gap.rule);
    state_.missed += missed;
    batch_.push_back(std::move(gap));
  }
  return follower_.position() != before;
}

void HistorySink::broke_off(const Problem& problem) {
  state_.is_connected = false;
  state_.problem = problem.what;
  if (!behind_since_) behind_since_ = store_.clock->steady();
  marks_.broke_off();
  follower_.go_to(marks_.certain());
  report();
}

void HistorySink::report() {
  state_.position = follower_.position();
  store_.sinks->report(name_, state_);
  const bool is_late = behind_since_ && store_.clock->steady() - *behind_since_ >= kPatience;
  if (!is_late) return store_.health.warn("sink " + name_, "");
  store_.health.warn("sink " + name_, state_.is_connected
                                          ? "it is more than a minute behind; what it has not yet waits in the history"
                                          : fmt::format("{}; records wait for it in the history", state_.problem));
}

void HistorySink::keep_position(bool now) {
  const SteadyTime time = store_.clock->steady();
  if (!now && time < keep_at_) return;
  keep_at_ = time + kKeepEvery;
  const HistoryPosition certain = std::min(marks_.certain(), HistoryFollower::settled(*store_.history));
  if (certain == kept_) return;
  // If it cannot be written, it is tried again; health tells of the store.
  if (store_.sinks->keep(name_, certain)) kept_ = certain;
}

}  // namespace sinkfeed
