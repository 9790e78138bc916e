// The commands that look into the history: search, top, stats and tail.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

// Exit status: 0, 1 if it failed or what was found is not whole. Queries are printed as they are found; on a terminal
// it is said how far a long search is.
int history_search(const Call& call, DaemonClient& client);
int history_top(const Call& call, DaemonClient& client);
int history_stats(const Call& call, DaemonClient& client);
// Until it is killed, or its output is closed.
int history_tail(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
