// What may change in the feeds by itself, and what waits until a person releases it.
//
//   rollback   a person has set the feeds back: nothing comes in
//   growth     more addresses of a profile would come within an hour than feed.max_growth
//   shrinkage  more of a profile would go within an hour than feed.max_shrink percent, and at least ten
//
// What the office needs goes at once, whatever the number: an address that a guard, a never list, another name or a
// person keeps out. So what is held back is only what is not known any more: too much of that at once is rather our
// error than the messenger's end. Values; no thread, no lock.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "config/clock.hpp"
#include "config/result.hpp"

namespace sinkfeed {

class FeedGate {
 public:
  static constexpr auto kWithin = std::chrono::hours(1);
  static constexpr std::size_t kFewGoing = 10;

  struct Limits {
    int max_shrink = 50;      // percent; 0: no limit
    int max_growth = 10'000;  // addresses; 0: no limit
  };
  // A rollback.
  struct Pin {
    std::uint64_t to = 0;    // the generation that the feeds were set back to,
    std::uint64_t made = 0;  // and the one that was made for it
    WallTime since;
    std::string by, reason;
    friend bool operator==(const Pin&, const Pin&) = default;
  };
  // Of one profile: since when what comes, and what goes, is held back.
  struct Hold {
    std::optional<WallTime> coming, going;
    friend bool operator==(const Hold&, const Hold&) = default;
  };

  // How many addresses of a profile would come and go in the next generation, but for those that pass in any case.
  struct Wanted {
    std::size_t size = 0;  // of the profile now
    std::size_t coming = 0, going = 0;
  };
  struct Verdict {
    bool may_come = true, may_go = true;
  };
  // Counts what may pass, and remembers what may not: from then on all of it waits.
  Verdict decide(const std::string& profile, const Wanted& wanted, const Limits& limits, WallTime now,
                 SteadyTime steady);

  void set_back(Pin pin);
  // All that waits may pass, and nothing of it counts any more.
  void release();

  const std::optional<Pin>& pin() const { return pin_; }
  const std::map<std::string, Hold>& holds() const { return holds_; }
  bool is_open() const { return !pin_ && holds_.empty(); }

  // What of it must survive a restart (meta/gate in store/keys.hpp).
  std::string encode() const;
  static Result<FeedGate> decode(const std::string& bytes);

 private:
  struct Passed {
    std::deque<std::pair<SteadyTime, std::size_t>> times;
    std::size_t sum = 0;
    void forget_old(SteadyTime now);
    void add(std::size_t count, SteadyTime now);
  };
  std::optional<Pin> pin_;
  std::map<std::string, Hold> holds_;
  std::map<std::string, Passed> came_, went_;
};

}  // namespace sinkfeed
