// Makes a checkpoint of the chain of evidence each hour, and brings all that there are to where history.checkpoints
// says, in their order. A thread of its own: a place that is slow or gone holds nobody up. What could not be brought is
// tried again, and is a warning meanwhile.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "store/store.hpp"

namespace sinkfeed {

class CheckpointWatch {
 public:
  static constexpr std::chrono::seconds kLook{2}, kRetry{30};
  static constexpr std::chrono::hours kEvery{1};

  // The store outlives it.
  explicit CheckpointWatch(Store& store) : store_(store) {}

  void start();
  void stop();
  // Tells the chain that the daemon stops, signs all that there is, and tries once to bring it out. After stop(), when
  // no worker runs any more.
  void finish();

 private:
  void run(const std::stop_token& stop);
  void make();
  void deliver(const std::stop_token& stop);
  // Brings what was not brought yet to one place.
  Result<void> deliver_to(const CheckpointTarget& target, const std::stop_token& stop);

  Store& store_;
  SteadyTime next_;
  std::map<std::string, std::chrono::steady_clock::time_point> retry_at_;  // by target
  std::map<std::string, std::string> problems_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace sinkfeed
