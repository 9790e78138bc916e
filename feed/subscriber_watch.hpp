// Looks after the subscribers now and then: what the feeds hold by now, who is behind or has fallen silent; and has
// what was counted written. A thread of its own, so that nothing of it costs who fetches.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "feed/feed_routes.hpp"

namespace sinkfeed {

class SubscriberWatch {
 public:
  static constexpr std::chrono::seconds kLook{5}, kWrite{60};

  // Both outlive it.
  SubscriberWatch(const Store& store, Snapshots& snapshots) : store_(store), feeds_(store, snapshots, nullptr) {}

  void start();
  // Writes what is left. After HTTP has been stopped.
  void stop();
  // One look. Feeds are made anew only where there is a new generation, or other settings.
  void look(const std::stop_token& stop = {});

 private:
  void run(const std::stop_token& stop);
  void write();

  struct Seen {
    std::shared_ptr<const Configuration> configuration;
    std::uint64_t generation = 0;
  };
  const Store& store_;
  const FeedRoutes feeds_;
  std::map<std::string, Seen> seen_;
  std::string unwritten_;  // why it could not be written, last time
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace sinkfeed
