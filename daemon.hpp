// The daemon: opens the rooms in the order in which they need one another, serves until it is told to stop, and goes by
// changed settings when it is told to.
#pragma once

#include <functional>

#include "config/settings.hpp"

namespace sinkfeed {

// Serves until SIGTERM or SIGINT; SIGHUP reloads. `load` reads the settings, at the start and at each reload. Returns
// the program's exit status.
int run_daemon(const std::function<Result<Configuration>()>& load);

}  // namespace sinkfeed
