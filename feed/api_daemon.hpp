// Calls of the API that the daemon answers, and no store without one: what a client is told, and whether the settings
// are right.
#pragma once

#include "feed/api.hpp"
#include "feed/daemon_calls.hpp"

namespace sinkfeed {

// "name", "type" (A if it is not given).
ApiAnswer api_query(const DaemonCalls& daemon, const Parameters& parameters);
ApiAnswer api_check(const DaemonCalls& daemon);

}  // namespace sinkfeed
