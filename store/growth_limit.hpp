// How many new addresses each target had within the last hour: more than a limit looks like somebody playing with the
// feed.
#pragma once

#include <deque>
#include <map>

#include "config/clock.hpp"
#include "config/dns_name.hpp"

namespace sinkfeed {

class GrowthLimit {
 public:
  static constexpr auto kWithin = std::chrono::hours(1);

  // Another new address of the target. True: it is one too many. `limit`: 0 for none.
  bool exceeds(const DnsName& target, SteadyTime now, int limit) {
    if (limit <= 0) return false;
    std::deque<SteadyTime>& times = times_[target];
    while (!times.empty() && now - times.front() >= kWithin) times.pop_front();
    if (times.size() >= static_cast<std::size_t>(limit)) return true;
    times.push_back(now);
    return false;
  }
  // Targets that have had none for an hour are not remembered.
  void forget_old(SteadyTime now) {
    std::erase_if(times_, [&](const auto& item) { return item.second.empty() || now - item.second.back() >= kWithin; });
  }

 private:
  std::map<DnsName, std::deque<SteadyTime>> times_;
};

}  // namespace sinkfeed
