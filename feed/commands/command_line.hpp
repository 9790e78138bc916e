// The command line: which commands there are, and what each takes. Commands that read the store ask the running daemon,
// or the store itself when no daemon runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "config/settings.hpp"

namespace sinkfeed {

// What the command line cannot do by itself, because it needs the resolver; given by main. The first two return the
// exit status.
struct Hooks {
  // `load`: reads the settings, with what the command line says instead of them; again at each reload.
  std::function<int(const std::function<Result<Configuration>()>& load)> serve;
  std::function<int(const Configuration&, const std::string& name, const std::string& type,
                    const std::optional<Endpoint>& server, bool json)>
      query;
  // What of right settings the resolver cannot work with.
  std::function<Result<void>(const Settings& settings)> check;
};

// Returns the exit status: 0, 1 (it failed), 2 (the call was wrong).
int run_command_line(int argc, char** argv, const Hooks& hooks);

// The settings file that is read when --config is not given.
std::filesystem::path default_config();

}  // namespace sinkfeed
