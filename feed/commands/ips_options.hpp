// What ips and its subcommands take.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "feed/commands/call.hpp"

namespace sinkfeed {

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& about);
// An option whose value goes to the API as it is.
CLI::Option* add_parameter(CLI::App& command, Call& call, const std::string& name, const std::string& parameter,
                           const std::string& about);

// The call must outlive the command.
void add_ips(CLI::App& ips, Call& call);

}  // namespace sinkfeed
