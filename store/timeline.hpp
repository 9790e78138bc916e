// What the program did, minute by minute, for charts that look further back than a process lives: queries by verdict,
// cache, upstream, latencies, and how many addresses were published. Nothing is in it of names or clients, and it is
// kept for good: a year takes some 30 MB.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "config/clock.hpp"
#include "config/result.hpp"
#include "store/counters.hpp"
#include "store/database.hpp"

namespace sinkfeed {

// All that has been counted since the program started, or within some time.
struct TimelineCounts {
  std::array<std::uint64_t, 4> queries{};  // by Verdict
  std::uint64_t cache_hits = 0, upstream_questions = 0, upstream_failures = 0, dropped_packets = 0, history_lost = 0;
  LatencyCounts latencies{};
};

// A step of it.
struct TimelinePoint {
  WallTime time;              // its begin
  std::uint32_t seconds = 0;  // of it, in which the daemon ran
  TimelineCounts counts;
  std::map<std::string, std::uint64_t> published;  // by profile, at its end
};

class Timeline {
 public:
  struct Now {
    TimelineCounts counts;
    std::map<std::string, std::uint64_t> published;
  };
  using Look = std::function<Now()>;

  // The database and the clock outlive it.
  Timeline(Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  ~Timeline() { stop(); }

  // Calls `look` every five seconds, and writes what has come at the end of each minute and of the program. A minute
  // that cannot be written is kept until it can, one hour at most.
  void start(Look look);
  void stop();
  // What start()'s thread does every five seconds. One thread.
  void note(const Now& now);

  // Steps of `step` (whole minutes) that begin in [since, until), oldest first; those in which the daemon never ran are
  // left out. The present minute is there as far as it is. Any thread.
  Result<std::vector<TimelinePoint>> read(WallTime since, WallTime until, std::chrono::minutes step) const;

 private:
  void run();
  void write();

  Database& database_;
  const Clock& clock_;
  Look look_;
  mutable std::mutex moving_;  // held while minutes go to the store, and while both are read; before mutex_
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
  // Minutes since 1970 that are not written yet; the last one is the present.
  std::map<std::int64_t, TimelinePoint> unwritten_;
  TimelineCounts before_;
  std::optional<SteadyTime> noted_;
};

}  // namespace sinkfeed
