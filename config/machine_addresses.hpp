// Where this machine is: its addresses, the networks that it is in, its way out.
#pragma once

#include <iosfwd>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

// 0.0.0.0 or ::
bool is_unspecified(const IpAddress& address);
// The addresses of this machine's interfaces now, loopback among them. Empty if they cannot be found out.
std::vector<IpAddress> machine_addresses();
// The networks that those are in, with prefixes of 8 bits at least: a point-to-point link may call the whole world its
// own.
std::vector<Network> machine_networks();
// The gateways of the default routes now.
std::vector<IpAddress> default_gateways();

// As the kernel writes them: /proc/net/route (IPv4) and /proc/net/ipv6_route.
std::vector<IpAddress> read_gateways_v4(std::istream& table);
std::vector<IpAddress> read_gateways_v6(std::istream& table);

}  // namespace sinkfeed
