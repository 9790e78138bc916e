#include "resolver/round_queue.hpp"

namespace sinkfeed {

void RoundQueue::put(const DnsName& name, const Round& round) {
  remove(name);
  rounds_[name] = {round, false, waiting_.emplace(round.due, name), {}};
}

void RoundQueue::remove(const DnsName& name) {
  const auto found = rounds_.find(name);
  if (found == rounds_.end()) return;
  const Entry& entry = found->second;
  if (entry.is_due) by_gain_.erase(entry.by_gain);
  (entry.is_due ? by_deadline_ : waiting_).erase(entry.by_time);
  rounds_.erase(found);
}

void RoundQueue::wake(SteadyTime now) {
  while (!waiting_.empty() && waiting_.begin()->first <= now) {
    const DnsName name = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    Entry& entry = rounds_.at(name);
    entry.is_due = true;
    entry.by_time = by_deadline_.emplace(entry.round.deadline, name);
    entry.by_gain = by_gain_.emplace(entry.round.gain, name);
  }
}

bool RoundQueue::has_due(SteadyTime now) {
  wake(now);
  return !by_gain_.empty();
}

std::optional<DnsName> RoundQueue::take(SteadyTime now) {
  if (!has_due(now)) return std::nullopt;
  const bool is_late = by_deadline_.begin()->first <= now;
  const DnsName name = is_late ? by_deadline_.begin()->second : by_gain_.begin()->second;
  remove(name);
  return name;
}

std::optional<SteadyTime> RoundQueue::next_due() const {
  if (waiting_.empty()) return std::nullopt;
  return waiting_.begin()->first;
}

}  // namespace sinkfeed
