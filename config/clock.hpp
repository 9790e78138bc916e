// The one clock. Injected, so that tests can turn it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/result.hpp"

namespace sinkfeed {

// Wall time in whole microseconds since 1970 (UTC): what is stored and shown.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
// Monotonic time: what TTLs, time-outs and latencies are measured with.
using SteadyTime = std::chrono::steady_clock::time_point;

// Any thread may call it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  SteadyTime steady() const override;
};

// A clock for tests: both times stand still until advanced.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : wall_us_(start.time_since_epoch().count()) {}
  WallTime wall() const override { return WallTime{std::chrono::microseconds{wall_us_.load()}}; }
  SteadyTime steady() const override { return SteadyTime{std::chrono::microseconds{steady_us_.load()}}; }
  void advance(std::chrono::microseconds by) { wall_us_ += by.count(), steady_us_ += by.count(); }
  // As when somebody sets the clock: only the wall time changes.
  void jump(std::chrono::microseconds by) { wall_us_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_us_;
  std::atomic<std::int64_t> steady_us_{0};
};

// RFC 3339 in UTC, to the microsecond: "2026-11-23T10:38:20.123456Z".
std::string format_time(WallTime time);
// The same to the second: "2026-11-23T10:38:20Z".
std::string format_second(WallTime time);

// Reads RFC 3339 ("2026-11-23T10:38:20Z", fractions and offsets allowed), a date ("2026-11-23": its first moment, UTC),
// or an age before `now` ("90s", "15m", "2h", "7d").
Result<WallTime> parse_time(std::string_view text, WallTime now);

}  // namespace sinkfeed
