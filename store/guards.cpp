#include "store/guards.hpp"

#include <algorithm>

#include "config/machine_addresses.hpp"

namespace sinkfeed {

namespace {

bool contains(const std::vector<IpAddress>& addresses, const IpAddress& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

}  // namespace

Guards Guards::from(const Settings& settings) {
  Guards guards;
  guards.never_block = settings.feed.never_block;
  guards.ours = {settings.block.ipv4, settings.block.ipv6};
  for (const auto* listeners : {&settings.dns.listen, &settings.http.listen, &settings.http.tls.listen}) {
    for (const Endpoint& listener : *listeners) {
      guards.ours.push_back(listener.address);
      if (!is_unspecified(listener.address)) continue;
      for (const IpAddress& address : machine_addresses()) {
        if (address.family() == listener.address.family()) guards.ours.push_back(address);
      }
    }
  }
  for (const Endpoint& server : settings.upstream.servers) guards.upstreams.push_back(server.address);
  guards.gateways = default_gateways();
  guards.local = machine_networks();
  guards.limits = settings.ledger;
  guards.feed_limits = {settings.feed.max_shrink, settings.feed.max_growth};
  guards.max_interval = settings.sweep.max_interval;
  return guards;
}

std::string Guards::reason(const IpAddress& address) const {
  // Our own addresses before the special ranges: the sinkhole is usually in one, and this reason says more.
  if (contains(ours, address)) return "our own address (the sinkhole or a listener)";
  if (const auto special = special_purpose(address)) return std::string(*special) + " address (RFC 6890)";
  if (contains(upstreams, address)) return "upstream server";
  if (contains(gateways, address)) return "this machine's default gateway";
  for (const Network& network : local) {
    if (network.contains(address)) return "in this machine's own network " + network.text();
  }
  if (std::binary_search(subscribers.begin(), subscribers.end(), address)) return "a firewall that fetches a feed";
  for (const Network& network : never_block) {
    if (network.contains(address)) return "feed.never_block " + network.text();
  }
  return "";
}

}  // namespace sinkfeed
