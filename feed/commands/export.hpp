// sinkfeed history export: the history as a file.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

// Returns the exit status.
int export_history(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
