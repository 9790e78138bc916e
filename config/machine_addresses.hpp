// What a listener on a wildcard address listens on.
#pragma once

#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

// 0.0.0.0 or ::
bool is_unspecified(const IpAddress& address);
// The addresses of this machine's interfaces now, loopback among them. Empty if they cannot be found out.
std::vector<IpAddress> machine_addresses();

}  // namespace sinkfeed
