// The commands about the history's evidence: verify, links, checkpoint, hold, holds, release, erase.
#pragma once

#include <optional>

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

// Returns the exit status, or nothing if the call is another command's.
std::optional<int> run_evidence(const Call& call, DaemonClient& client);
// history verify (feed/commands/verify.cpp)
int verify_history(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
