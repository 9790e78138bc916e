// What history's commands about evidence take.
#pragma once

#include <CLI/CLI.hpp>

#include "feed/commands/call.hpp"

namespace sinkfeed {

// The call must outlive the command.
void add_evidence(CLI::App& history, Call& call);

}  // namespace sinkfeed
