// One receiver of the history, live: a thread of its own reads what has come to the history (store/history_follow.hpp)
// and sends it. Neither DNS nor the history's writer ever waits for it: while the receiver is slow or gone, records
// wait in the store, and it goes on where it was, after a restart too.
//
// Each record is delivered at least once, and in order. What may have been lost with a broken connection is sent again
// (delivery_marks.hpp); so is, after a restart, what was in no block yet. What retention took before it was delivered
// is told of as a gap.
#pragma once

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "feed/out/delivery_marks.hpp"
#include "feed/out/sink_writer.hpp"
#include "store/history_sinks.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class HistorySink {
 public:
  // Begins at once. The store must outlive it.
  HistorySink(Store& store, SinkSettings settings);
  // Ends it, within seconds.
  ~HistorySink() = default;
  void request_stop() { thread_.request_stop(); }

  const SinkSettings& settings() const { return settings_; }

 private:
  void run(const std::stop_token& stop);
  bool find_start(const std::stop_token& stop);
  Result<void> deliver(SinkWriter& writer, SinkChannel& channel, const std::stop_token& stop);
  // The next records that are wanted; whether there were any at all.
  Result<bool> read_batch();
  void broke_off(const Problem& problem);
  void report();
  // What is certain and will be the same after a crash.
  void keep_position(bool now);
  // Waits; false: it is to end.
  static bool pause(const std::stop_token& stop, std::chrono::milliseconds time);

  Store& store_;
  const SinkSettings settings_;
  const std::string name_;
  HistoryFollower follower_;
  DeliveryMarks marks_{HistoryPosition{}};
  SinkState state_;
  std::vector<QueryRecord> batch_;
  HistoryPosition kept_;
  SteadyTime keep_at_;
  std::optional<SteadyTime> behind_since_;
  std::jthread thread_;  // the last: it ends before the rest goes
};

}  // namespace sinkfeed
