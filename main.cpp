// The entry: reads the command line and hands over to the daemon or a command, nothing else.
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "daemon.hpp"
#include "feed/commands/command_line.hpp"
#include "resolver/query_command.hpp"
#include "resolver/resolver.hpp"

int main(int argc, char** argv) {
  using namespace sinkfeed;
  spdlog::set_default_logger(spdlog::stderr_color_mt("sinkfeed"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  return run_command_line(argc, argv,
                          {run_daemon,
                           [](const Configuration& configuration, const std::string& name, const std::string& type,
                              const std::optional<Endpoint>& server, bool json) {
                             return run_query(configuration, {name, type, server, json});
                           },
                           check_upstream_is_another});
}
