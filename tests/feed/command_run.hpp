// A command as the command line gives it, in the test's own process.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <vector>

#include "feed/commands/command_line.hpp"

namespace sinkfeed::test {

struct Done {
  int status = 0;
  std::string out, err;
};

// `http`: where the daemon is.
inline Done run_command(std::vector<std::string> arguments, const std::string& http) {
  arguments.insert(arguments.begin(),
                   {"sinkfeed", "--config", SINKFEED_SOURCE "/config/sinkfeed.toml", "--http", http});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  const Hooks hooks{[](const auto&) { return 0; },
                    [](const auto&, const auto&, const auto&, const auto&, bool) { return 0; },
                    [](const Settings&) -> Result<void> { return {}; }};
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Done done;
  done.status = run_command_line(static_cast<int>(argv.size()), argv.data(), hooks);
  std::fflush(stdout);
  done.out = testing::internal::GetCapturedStdout();
  done.err = testing::internal::GetCapturedStderr();
  return done;
}

}  // namespace sinkfeed::test
