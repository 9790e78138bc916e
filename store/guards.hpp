// What keeps an address out of every feed, whatever was observed and whoever says otherwise.
#pragma once

#include <string>
#include <vector>

#include "config/address.hpp"
#include "config/settings.hpp"
#include "store/feed_gate.hpp"

namespace sinkfeed {

struct Guards {
  std::vector<Network> never_block;
  std::vector<IpAddress> ours;         // sinkhole and listeners: of a wildcard, all that the machine has
  std::vector<IpAddress> upstreams;    // servers that we ask
  std::vector<IpAddress> gateways;     // of this machine's default routes
  std::vector<Network> local;          // networks that this machine is in
  std::vector<IpAddress> subscribers;  // firewalls that fetch feeds; ascending. The ledger's own, not of the settings
  // Not guards, but what else of the settings an address is judged by.
  Settings::Ledger limits;
  FeedGate::Limits feed_limits;
  std::chrono::seconds max_interval{3600};  // of the sweep

  // Reads the machine's addresses and routes as they are now.
  static Guards from(const Settings& settings);
  // Which guard holds the address, as a reason to hold it; empty: none does.
  std::string reason(const IpAddress& address) const;
};

}  // namespace sinkfeed
