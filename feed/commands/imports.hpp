// ips import netstat, ips import list and ips add: addresses that were seen on a client, or that a person knows.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

// Each returns the exit status: 0; 1 also if some lines could not be read, of which it tells on standard error.
int import_connections(const Call& call, DaemonClient& client);
int import_list(const Call& call, DaemonClient& client);
int add_addresses(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
