// Which user of this machine is at the other end of a TCP connection, from /proc/net/tcp and tcp6.
#pragma once

#include <string>

#include "config/address.hpp"

namespace sinkfeed {

// The user's name, "user 1234" if the id has none, or empty if the kernel does not say: the client is on another
// machine, or has closed its end already (the kernel then shows root, whoever it was). IPv4-mapped addresses count as
// IPv4.
std::string local_user(const Endpoint& client, const Endpoint& server);

}  // namespace sinkfeed
