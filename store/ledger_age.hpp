// How old an address is, and when it goes.
//
// Ages are counted on a clock of their own: seconds in which this program ran and upstream answered. Nobody could have
// seen the address in any other second, so a computer that was off, an upstream that was gone and a wall clock that
// jumped make nothing older.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "config/clock.hpp"
#include "config/settings.hpp"

namespace sinkfeed {

// How fresh an address is, by when it was seen last.
enum class Freshness : std::uint8_t { hot, warm, cold };  // within a day, within a week, longer ago
std::string_view freshness_name(Freshness freshness);
Freshness freshness(WallTime last_seen, WallTime now);

struct AgeRule {
  Aging aging = Aging::window;
  std::chrono::seconds window{};        // ledger.window
  std::chrono::seconds max_interval{};  // of the sweep: every target is asked for at least so often

  // How long an address may go unseen. 0: for ever.
  std::chrono::seconds limit(std::uint32_t ttl_s) const {
    if (aging == Aging::window) return window;
    if (aging == Aging::ttl) return std::chrono::seconds(ttl_s) + 2 * max_interval;
    return std::chrono::seconds(0);
  }
  // How long after its limit it stays, while its names are asked for once more.
  std::chrono::seconds last_look() const { return max_interval + max_interval / 5 + std::chrono::minutes(1); }
};

// Seconds in which addresses could be seen. Not thread-safe.
class WatchedTime {
 public:
  explicit WatchedTime(std::uint64_t seconds) : whole_(std::chrono::seconds(seconds)) {}
  // Called often; counts the time since the last call if upstream answered in it.
  void pass(SteadyTime now, bool upstream_answers) {
    if (last_ && upstream_answers && now > *last_) whole_ += now - *last_;
    last_ = now;
  }
  std::uint32_t seconds() const {
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(whole_).count());
  }

 private:
  SteadyTime::duration whole_;
  std::optional<SteadyTime> last_;
};

}  // namespace sinkfeed
