// What each command does.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/command_line.hpp"

namespace sinkfeed {

// Returns the exit status. Answers go to standard output, what is wrong to standard error.
int execute(const Call& call, const Hooks& hooks);

// What went wrong, or what the API says against it, on standard error; each returns the exit status.
int failed(const Problem& problem);
int refused(const ApiAnswer& answer);
// What is wrong with a call, on standard error; returns its exit status.
int wrong_call(const std::string& what);

}  // namespace sinkfeed
