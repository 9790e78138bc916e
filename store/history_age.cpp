#include "store/history_age.hpp"

namespace sinkfeed {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

constexpr std::chrono::hours kNoJump{1}, kBelievedAfter{24};

}  // namespace

RetentionClock::RetentionClock(const Clock& clock, std::optional<WallTime> newest)
    : clock_(clock), wall_(newest.value_or(clock.wall())), steady_(clock.steady()) {}

WallTime RetentionClock::now() {
  const WallTime wall = clock_.wall();
  const SteadyTime steady = clock_.steady();
  const WallTime passed = wall_ + duration_cast<microseconds>(steady - steady_);
  if (wall > passed + kNoJump) {
    if (!doubted_since_) doubted_since_ = steady;
    if (steady - *doubted_since_ < kBelievedAfter) return passed;
  }
  doubted_since_.reset();
  wall_ = wall, steady_ = steady;
  return wall;
}

}  // namespace sinkfeed
