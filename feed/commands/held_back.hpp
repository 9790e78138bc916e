// feed rollback, feed release, feed waiting.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

// Each returns the exit status.
int roll_feeds_back(const Call& call, DaemonClient& client);
int release_feeds(const Call& call, DaemonClient& client);
int show_waiting(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
