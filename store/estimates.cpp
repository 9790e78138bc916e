#include "store/estimates.hpp"

#include <algorithm>

namespace sinkfeed {

void Estimates::set_target(const TargetEstimate& estimate) {
  const std::lock_guard lock(mutex_);
  targets_[estimate.name] = estimate;
}

void Estimates::forget_target(const DnsName& name) {
  const std::lock_guard lock(mutex_);
  targets_.erase(name);
}

void Estimates::set_profile(const std::string& profile, const PoolEstimate& estimate) {
  const std::lock_guard lock(mutex_);
  profiles_[profile] = estimate;
}

void Estimates::clear() {
  const std::lock_guard lock(mutex_);
  targets_.clear();
  profiles_.clear();
}

std::vector<TargetEstimate> Estimates::targets() const {
  std::vector<TargetEstimate> list;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, estimate] : targets_) list.push_back(estimate);
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const TargetEstimate& a, const TargetEstimate& b) { return a.pool.unseen() > b.pool.unseen(); });
  return list;
}

std::map<std::string, PoolEstimate> Estimates::profiles() const {
  const std::lock_guard lock(mutex_);
  return profiles_;
}

}  // namespace sinkfeed
