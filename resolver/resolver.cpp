#include "resolver/resolver.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "resolver/plan.hpp"
#include "resolver/socket_address.hpp"
#include "resolver/sweep.hpp"
#include "resolver/worker.hpp"

namespace sinkfeed {

namespace {

bool machine_has_ipv6() {
  return Socket(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0)).get() >= 0 || errno != EAFNOSUPPORT;
}

// Binding the one would find the other in the way.
bool overlap(const Endpoint& a, const Endpoint& b) {
  return a.port == b.port && a.address.family() == b.address.family() &&
         (a.address == b.address || is_wildcard(a.address) || is_wildcard(b.address));
}

bool contains(const std::vector<Endpoint>& list, const Endpoint& at) {
  return std::find(list.begin(), list.end(), at) != list.end();
}

class NextWorkers final : public Resolver::Change {
 public:
  struct Order {
    std::unique_ptr<Worker> fresh;  // null: the one that there is
    std::unique_ptr<Upstream> upstream;
    std::vector<ListeningSockets> sockets;

    Result<void> listen(const Endpoint& at, const Socket& shared_tcp) {
      auto udp = bind_socket(at, SOCK_DGRAM);
      if (!udp) return udp.error();
      auto tcp = shared_tcp.share();
      if (!tcp) return tcp.error();
      sockets.push_back({at, std::move(*udp), std::move(*tcp)});
      return {};
    }
  };
  Configuration configuration;
  std::shared_ptr<Cache> cache;
  std::unique_ptr<Upstream> sweep_upstream;
  std::map<Endpoint, Socket> tcp;  // of addresses that are new
  std::vector<Order> workers;
};

Result<void> bind_new_addresses(const std::set<Endpoint>& served, const std::vector<Endpoint>& before,
                                NextWorkers& change) {
  for (const Endpoint& at : change.configuration.settings.dns.listen) {
    if (contains(before, at)) continue;
    const bool in_our_own_way =
        std::any_of(served.begin(), served.end(), [&](const Endpoint& ours) { return overlap(ours, at); });
    for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
      if (in_our_own_way) continue;
      if (const auto free = check_port_is_free(at, type); !free) return free.error();
    }
    auto tcp = bind_socket(at, SOCK_STREAM);
    if (!tcp) return tcp.error();
    const Socket& shared = change.tcp.emplace(at, std::move(*tcp)).first->second;
    for (NextWorkers::Order& order : change.workers) {
      if (const auto added = order.listen(at, shared); !added) return added.error();
    }
  }
  return {};
}

}  // namespace

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

struct Resolver::Parts {
  explicit Parts(Store& store_) : store(store_), rate_limit(0), sweep(store_) {}
  Store& store;
  RateLimit rate_limit;
  Sweep sweep;
  std::shared_ptr<const Plan> plan;  // null before the first
  std::vector<std::unique_ptr<Worker>> workers, leaving;
  std::map<Endpoint, Socket> tcp;  // a listening socket for each address, which the workers share
  std::set<Endpoint> served;       // every address so far: a socket of ours may still be there
  bool started = false;

  // The lowest number, with its ring, cache slot and counters, that no worker has: one that is leaving still has its
  // own. `taken`: by workers that are being prepared.
  int take_number(std::set<int>& taken) {
    std::erase_if(leaving, [](const auto& worker) { return worker->has_ended(); });
    for (;;) {
      std::set<int> used = taken;
      for (const auto* list : {&workers, &leaving}) {
        for (const auto& worker : *list) used.insert(worker->number());
      }
      int free = 0;
      while (used.contains(free)) free++;
      if (free < kMaxWorkers) return *taken.insert(free).first;
      leaving.erase(leaving.begin());  // waits for it
    }
  }
};

int Resolver::worker_count(const Settings& settings) {
  if (settings.dns.workers) return settings.dns.workers;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxWorkers);
}

Result<std::unique_ptr<Resolver>> Resolver::open(Store& store) {
  std::unique_ptr<Resolver> resolver(new Resolver(std::make_unique<Parts>(store)));
  const auto first = resolver->prepare(*store.configuration());
  if (!first) return first.error();
  resolver->commit(**first);
  return resolver;
}

Resolver::Resolver(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Resolver::~Resolver() { stop(); }

Result<std::unique_ptr<Resolver::Change>> Resolver::prepare(const Configuration& configuration) {
  auto change = std::make_unique<NextWorkers>();
  change->configuration = configuration;
  Settings& settings = change->configuration.settings;
  auto& listen = settings.dns.listen;
  if (!machine_has_ipv6()) {
    std::erase_if(listen, [](const Endpoint& at) {
      if (!at.address.is_v6() || !is_wildcard(at.address)) return false;
      spdlog::warn("this machine has no IPv6; not listening on {}", at.text());
      return true;
    });
  }
  if (const auto other = check_upstream_is_another(settings); !other) return other.error();
  const Plan* plan = parts_->plan.get();
  const std::vector<Endpoint> before = plan ? plan->settings.dns.listen : std::vector<Endpoint>{};
  if (!plan) {
    change->cache = std::make_shared<Cache>(settings.cache.size);
  } else if (plan->settings.cache.size != settings.cache.size) {
    change->cache = std::make_shared<Cache>(settings.cache.size, *plan->cache);
  } else {
    change->cache = plan->cache;
  }
  auto sweep_upstream = parts_->sweep.open_upstream(settings.upstream);
  if (!sweep_upstream) return sweep_upstream.error();
  change->sweep_upstream = std::move(*sweep_upstream);
  change->workers.resize(static_cast<std::size_t>(worker_count(settings)));
  std::set<int> taken;
  for (std::size_t number = 0; number < change->workers.size(); number++) {
    NextWorkers::Order& order = change->workers[number];
    const bool is_there = number < parts_->workers.size();
    if (!is_there) {
      const int free = parts_->take_number(taken);
      if (const auto ring = parts_->store.history->open_ring(free); !ring) return ring.error();
      order.fresh = std::make_unique<Worker>(free, parts_->store, parts_->rate_limit, parts_->sweep);
    }
    if (is_there && plan->settings.upstream == settings.upstream) continue;
    auto upstream = (is_there ? *parts_->workers[number] : *order.fresh).open_upstream(settings.upstream);
    if (!upstream) return upstream.error();
    order.upstream = std::move(*upstream);
  }
  if (const auto bound = bind_new_addresses(parts_->served, before, *change); !bound) return bound.error();
  // Sockets at addresses that are served already come last: the kernel sends packets to them from the moment they are
  // bound.
  for (const Endpoint& at : listen) {
    if (!contains(before, at)) continue;
    for (NextWorkers::Order& order : change->workers) {
      if (!order.fresh) continue;
      if (const auto added = order.listen(at, parts_->tcp.at(at)); !added) return added.error();
    }
  }
  return std::unique_ptr<Change>(std::move(change));
}

void Resolver::commit(Change& prepared) {
  auto& change = dynamic_cast<NextWorkers&>(prepared);
  const Settings& settings = change.configuration.settings;
  const std::uint32_t number = parts_->plan ? parts_->plan->number + 1 : 1;
  parts_->plan = std::make_shared<const Plan>(change.configuration, std::move(change.cache), number);
  parts_->rate_limit.set(settings.dns.rate_limit);
  parts_->sweep.adopt(parts_->plan, std::move(change.sweep_upstream));
  for (std::size_t i = 0; i < change.workers.size(); i++) {
    NextWorkers::Order& order = change.workers[i];
    const bool is_fresh = order.fresh != nullptr;
    if (is_fresh) parts_->workers.push_back(std::move(order.fresh));
    Worker& worker = *parts_->workers[i];
    worker.adopt(parts_->plan, std::move(order.upstream), std::move(order.sockets));
    if (is_fresh && parts_->started) worker.start();
  }
  for (std::size_t i = change.workers.size(); i < parts_->workers.size(); i++) {
    parts_->workers[i]->leave();
    parts_->leaving.push_back(std::move(parts_->workers[i]));
  }
  parts_->workers.resize(change.workers.size());
  parts_->tcp.merge(change.tcp);
  parts_->served.insert(settings.dns.listen.begin(), settings.dns.listen.end());
  std::erase_if(parts_->tcp, [&](const auto& socket) { return !contains(settings.dns.listen, socket.first); });
}

void Resolver::start() {
  parts_->started = true;
  parts_->sweep.start();
  for (const auto& worker : parts_->workers) worker->start();
}

void Resolver::stop() {
  std::vector<std::thread> stopping;
  for (const auto* workers : {&parts_->workers, &parts_->leaving}) {
    for (const auto& worker : *workers) stopping.emplace_back([&worker] { worker->stop(); });
  }
  for (std::thread& thread : stopping) thread.join();
  parts_->sweep.stop();
}

}  // namespace sinkfeed
