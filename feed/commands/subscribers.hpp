// sinkfeed subscribers, and subscribers forget.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

int list_subscribers(const Call& call, DaemonClient& client);
int forget_subscriber(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
