// How much of each pool of addresses has been seen lately, as the sweep estimates it. In memory only: after a restart
// it is estimated anew. Any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "config/dns_name.hpp"

namespace sinkfeed {

// In addresses; low to high is a 95 % interval of the whole pool.
struct PoolEstimate {
  std::uint64_t seen = 0, estimated = 0, low = 0, high = 0;
  std::uint64_t answers = 0;  // it rests on so many
  bool is_complete = false;   // all that there is has been seen, most likely
  std::uint64_t unseen() const { return estimated - seen; }
};

struct TargetEstimate {
  DnsName name;
  std::string profile;
  PoolEstimate pool;
};

class Estimates {
 public:
  void set_target(const TargetEstimate& estimate);
  void forget_target(const DnsName& name);
  void set_profile(const std::string& profile, const PoolEstimate& estimate);
  void clear();

  // Those of which most is unseen first, then by name.
  std::vector<TargetEstimate> targets() const;
  // By profile: of all its names' addresses together, which is less than the sum of its targets where they share them.
  std::map<std::string, PoolEstimate> profiles() const;

 private:
  mutable std::mutex mutex_;
  std::map<DnsName, TargetEstimate> targets_;
  std::map<std::string, PoolEstimate> profiles_;
};

}  // namespace sinkfeed
