// The agent's commands: what they take, and how they are run.
#pragma once

#include <CLI/CLI.hpp>

#include "feed/commands/call.hpp"

namespace sinkfeed {

// The call must outlive the command.
void add_agent(CLI::App& agent, Call& call);
// "agent nftables" or "agent ipset". Returns the exit status.
int run_agent(const Call& call);

}  // namespace sinkfeed
