// sinkfeed feed compare: a feed beside what a firewall lists.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

int compare_listing(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
