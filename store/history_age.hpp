// What time it is for the history's retention. Who sets the clock years ahead by mistake must not lose the history by
// it: a jump forward is believed after it has lasted for a day, and until then age is what has passed since.
#pragma once

#include <optional>

#include "config/clock.hpp"

namespace sinkfeed {

// Not thread-safe: the history's writer has one.
class RetentionClock {
 public:
  // `newest`: of the records that there are. At the start too a clock that is far ahead of it is doubted.
  RetentionClock(const Clock& clock, std::optional<WallTime> newest);
  // At most an hour ahead of what the time that has passed says, unless it has been so for a day.
  WallTime now();
  bool doubts() const { return doubted_since_.has_value(); }

 private:
  const Clock& clock_;
  WallTime wall_;  // what is believed, and when that was
  SteadyTime steady_;
  std::optional<SteadyTime> doubted_since_;
};

}  // namespace sinkfeed
