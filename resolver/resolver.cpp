#include "resolver/resolver.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <vector>

#include "resolver/cache.hpp"
#include "resolver/policy.hpp"
#include "resolver/socket_address.hpp"
#include "resolver/sweep.hpp"
#include "resolver/worker.hpp"

namespace sinkfeed {

namespace {

bool machine_has_ipv6() {
  const int socket = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return errno != EAFNOSUPPORT;
  close(socket);
  return true;
}

// A server that is this very program: asking it would be asking ourselves.
Result<void> check_upstream_is_another(const Settings& settings) {
  for (const Endpoint& server : settings.upstream.servers) {
    for (const Endpoint& at : settings.dns.listen) {
      if (at.port != server.port || at.address.family() != server.address.family()) continue;
      if (at.address != server.address && !(is_wildcard(at.address) && is_own_address(server.address))) continue;
      return Problem{"upstream server " + server.text() + " is this machine, where sinkfeed itself listens on " +
                     at.text() +
                     ": it would ask itself; set upstream.servers to another server (if it is empty, /etc/resolv.conf "
                     "names this one)"};
    }
  }
  return {};
}

}  // namespace

struct Resolver::Parts {
  Parts(const Configuration& configuration)
      : settings(configuration.settings),
        policy(configuration.catalogue, configuration.settings.dns.forward_anyway),
        cache(configuration.settings.cache.size),
        rate_limit(configuration.settings.dns.rate_limit) {}
  Settings settings;  // less the listeners that this machine cannot have
  Policy policy;
  Cache cache;
  RateLimit rate_limit;
  std::unique_ptr<Sweep> sweep;
  std::vector<std::unique_ptr<Worker>> workers;
};

int Resolver::worker_count(const Settings& settings) {
  if (settings.dns.workers) return settings.dns.workers;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxWorkers);
}

Result<std::unique_ptr<Resolver>> Resolver::open(Store& store) {
  auto parts = std::make_unique<Parts>(*store.configuration);
  if (!machine_has_ipv6()) {
    std::erase_if(parts->settings.dns.listen, [](const Endpoint& at) {
      if (!at.address.is_v6() || !is_wildcard(at.address)) return false;
      spdlog::warn("this machine has no IPv6; not listening on {}", at.text());
      return true;
    });
  }
  for (const Endpoint& at : parts->settings.dns.listen) {
    for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
      if (const auto free = check_port_is_free(at, type); !free) return free.error();
    }
  }
  if (const auto other = check_upstream_is_another(parts->settings); !other) return other.error();
  auto sweep = Sweep::open(parts->settings, parts->policy, store);
  if (!sweep) return sweep.error();
  parts->sweep = std::move(*sweep);
  for (int number = 0; number < store.workers; number++) {
    auto worker =
        Worker::open(number, parts->settings, store, parts->cache, parts->policy, parts->rate_limit, *parts->sweep);
    if (!worker) return worker.error();
    parts->workers.push_back(std::move(*worker));
  }
  return std::unique_ptr<Resolver>(new Resolver(std::move(parts)));
}

Resolver::Resolver(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Resolver::~Resolver() { stop(); }

void Resolver::start() {
  parts_->sweep->start();
  for (const auto& worker : parts_->workers) worker->start();
}

void Resolver::stop() {
  std::vector<std::thread> stopping;
  for (const auto& worker : parts_->workers) stopping.emplace_back([&worker] { worker->stop(); });
  for (std::thread& thread : stopping) thread.join();
  parts_->sweep->stop();
}

}  // namespace sinkfeed
