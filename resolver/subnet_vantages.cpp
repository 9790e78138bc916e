#include "resolver/subnet_vantages.hpp"

#include <algorithm>

namespace sinkfeed {

std::string SubnetVantages::detail(const IpAddress& address, const Endpoint& server, const Network& subnet) {
  std::string own = server.text() + " for " + subnet.text();
  auto known = known_.find(address);
  if (known == known_.end() && known_.size() < kAddresses) known = known_.try_emplace(address).first;
  if (known != known_.end()) {
    std::vector<std::string>& details = known->second;
    if (std::find(details.begin(), details.end(), own) != details.end()) return own;
    if (details.size() < kOfAnAddress) return details.emplace_back(std::move(own));
  }
  return server.text() + " for further client subnets";
}

}  // namespace sinkfeed
