// Under which vantage an address is recorded that came from a client subnet: "192.0.2.53:53 for 198.51.100.0/24".
//
// The ledger keeps 64 pieces of evidence of an address, and one that many subnets get from several servers under
// several names would have more: the newest would push out the older ones for ever, each time a write to the disk. So
// of a name's address the first eight such vantages are recorded by themselves, and all others of a server as one,
// "192.0.2.53:53 for further client subnets". With those of the plain questions that is room for five names on two
// servers. One thread.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

// Of one name.
class SubnetVantages {
 public:
  static constexpr std::size_t kOfAnAddress = 8, kAddresses = 4096;

  // For Vantage::detail.
  std::string detail(const IpAddress& address, const Endpoint& server, const Network& subnet);

 private:
  std::unordered_map<IpAddress, std::vector<std::string>> known_;
};

}  // namespace sinkfeed
