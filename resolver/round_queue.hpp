// Names that wait for their next round of questions: until it is due, and then until there is room for it. One thread.
//
// Of those that are due the one goes first that promises most for a question; but one whose time is over goes before
// all of them, the longest waiting first, so that none is left out when there is never room for all.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

#include "config/clock.hpp"
#include "config/dns_name.hpp"

namespace sinkfeed {

class RoundQueue {
 public:
  struct Round {
    SteadyTime due;       // not before
    SteadyTime deadline;  // after it, before others
    double gain = 0;      // new addresses that a question may bring
  };

  // The name's next round; one that waits already is replaced.
  void put(const DnsName& name, const Round& round);
  void remove(const DnsName& name);
  // The name whose turn it is, taken out; nothing if none is due.
  std::optional<DnsName> take(SteadyTime now);
  bool has_due(SteadyTime now);

  bool contains(const DnsName& name) const { return rounds_.contains(name); }
  // When the next is due, of those that are not yet.
  std::optional<SteadyTime> next_due() const;

 private:
  void wake(SteadyTime now);

  struct Entry {
    Round round;
    bool is_due = false;
    std::multimap<SteadyTime, DnsName>::iterator by_time;              // in waiting_, or in by_deadline_ once it is due
    std::multimap<double, DnsName, std::greater<>>::iterator by_gain;  // once it is due
  };
  std::unordered_map<DnsName, Entry> rounds_;
  std::multimap<SteadyTime, DnsName> waiting_, by_deadline_;
  std::multimap<double, DnsName, std::greater<>> by_gain_;
};

}  // namespace sinkfeed
