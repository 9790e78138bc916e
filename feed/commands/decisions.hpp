// ips list, and what a person decides of addresses: ips hold, release, allow, forget, undo.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

// Each returns the exit status.
int list_addresses(const Call& call, DaemonClient& client);
// `what`: the call's name behind ips/.
int decide_addresses(const Call& call, DaemonClient& client, const std::string& what);
int list_decisions(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
