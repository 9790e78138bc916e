// The entry: reads the command line and wires the rooms together, nothing else.
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include "feed/commands/command_line.hpp"
#include "feed/http_server.hpp"
#include "feed/routes.hpp"
#include "feed/snapshots.hpp"
#include "resolver/query_command.hpp"
#include "resolver/resolver.hpp"
#include "store/store.hpp"

namespace sinkfeed {
namespace {

// Waits for SIGTERM or SIGINT; every thread started afterwards has them blocked.
class StopSignal {
 public:
  StopSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void wait() const {
    int caught = 0;
    sigwait(&signals_, &caught);
  }

 private:
  sigset_t signals_;
};

int failed(const Problem& problem) {
  fmt::print(stderr, "sinkfeed: {}\n", problem.what);
  return 1;
}

int serve(const Configuration& configuration) {
  const StopSignal stop;
  const SystemClock clock;
  auto store =
      Store::open(configuration, Database::Mode::read_write, Resolver::worker_count(configuration.settings), clock);
  if (!store) return failed(store.error());
  Snapshots snapshots(configuration.catalogue, (*store)->ledger->current());
  (*store)->ledger->subscribe(snapshots);
  const Routes routes(**store, snapshots);
  auto resolver = Resolver::open(**store);
  if (!resolver) return failed(resolver.error());
  auto http = HttpServer::open(configuration.settings.http.listen, routes);
  if (!http) return failed(http.error());
  (*resolver)->start();
  (*http)->start();
  spdlog::info("serving DNS with {} workers, generation {}", (*store)->workers, (*store)->ledger->current()->number);
  sd_notify(0, "READY=1");
  stop.wait();
  sd_notify(0, "STOPPING=1");
  spdlog::info("stopping: answering what is in flight, writing what is pending");
  (*resolver)->stop();
  (*http)->stop();
  resolver->reset();
  http->reset();
  store->reset();
  spdlog::info("stopped");
  return 0;
}

}  // namespace
}  // namespace sinkfeed

int main(int argc, char** argv) {
  using namespace sinkfeed;
  spdlog::set_default_logger(spdlog::stderr_color_mt("sinkfeed"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
  return run_command_line(argc, argv,
                          {serve, [](const Configuration& configuration, const std::string& name,
                                     const std::string& type, const std::optional<Endpoint>& server, bool json) {
                             return run_query(configuration, {name, type, server, json});
                           }});
}
