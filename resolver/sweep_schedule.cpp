#include "resolver/sweep_schedule.hpp"

#include <algorithm>

namespace sinkfeed {

bool SweepSchedule::add(SweptName name, SteadyTime now) {
  name.last_wanted = now;
  if (const auto known = names_.find(name.target.name); known != names_.end()) {
    known->second.last_wanted = now;
    return false;
  }
  if (names_.size() >= kMaxNames) return false;
  const DnsName key = name.target.name;
  names_.emplace(key, std::move(name));
  due_.emplace(now, key);
  return true;
}

SweptName* SweepSchedule::take_due(SteadyTime now) {
  if (due_.empty() || due_.begin()->first > now) return nullptr;
  const DnsName key = due_.begin()->second;
  due_.erase(due_.begin());
  SweptName& name = names_.at(key);
  name.smallest_ttl.reset();
  return &name;
}

SweptName* SweepSchedule::find(const DnsName& name) {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

void SweepSchedule::finish(SweptName& name, SteadyTime now) {
  const DnsName key = name.target.name;
  if (!name.from_profile && now - name.last_wanted > kForgetAfter) {
    names_.erase(key);
    return;
  }
  using std::chrono::milliseconds;
  const auto wanted = name.smallest_ttl ? std::chrono::seconds(*name.smallest_ttl) : settings_.min_interval;
  const milliseconds interval = std::clamp(wanted, settings_.min_interval, settings_.max_interval);
  const milliseconds spread = interval / 10 * random_.next16() / 65535;
  due_.emplace(now + interval + spread, key);
}

std::vector<Target> SweepSchedule::learned() const {
  std::vector<Target> targets;
  for (const auto& [key, name] : names_) {
    if (!name.from_profile) targets.push_back(name.target);
  }
  return targets;
}

std::optional<SteadyTime> SweepSchedule::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

}  // namespace sinkfeed
