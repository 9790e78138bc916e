// Who listens on a port, for sentences such as "the port is taken by unbound (process 812)".
#pragma once

#include <cstdint>
#include <string>

namespace sinkfeed {

// "NAME (process N)", or empty if nobody does or it cannot be found (another user's process). Reads /proc; start-up
// only.
std::string port_holder(bool tcp, std::uint16_t port);

}  // namespace sinkfeed
