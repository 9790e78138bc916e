// How the workers tell the sweep that a target was asked for.
#pragma once

#include <string>

#include "config/dns_name.hpp"

namespace sinkfeed {

struct Target {
  DnsName name;     // to be resolved again and again
  DnsName covered;  // the covered name it is or led to
  std::string profile;
  // A host that the profile's own SRV record names: its addresses count whatever it is called.
  bool is_named_by_profile = false;
};

class TargetWatch {
 public:
  virtual ~TargetWatch() = default;
  // Any thread; takes a short lock. Repeats are cheap.
  virtual void watch(const Target& target) = 0;
};

}  // namespace sinkfeed
