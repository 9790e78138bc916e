#include "resolver/worker.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <optional>

#include "config/thread_priority.hpp"
#include "resolver/descriptors.hpp"
#include "resolver/plain_upstream.hpp"
#include "resolver/query_handler.hpp"
#include "resolver/tcp_listener.hpp"
#include "resolver/udp_listener.hpp"

namespace sinkfeed {

namespace {

constexpr auto kStopPoll = std::chrono::milliseconds(10);
constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kStopMargin = std::chrono::milliseconds(500);
// How long TCP clients of an address or worker that is given up may go on.
constexpr auto kLeave = std::chrono::seconds(30);

}  // namespace

struct Worker::Parts {
  struct Listener {
    std::shared_ptr<UdpListener> udp;
    std::unique_ptr<TcpListener> tcp;
    Endpoint at;
    SteadyTime left{};  // when it was given up: it took no query after that
  };
  // Replaced, but still asked: kept until nothing is outstanding and all that it has posted has run.
  struct FormerUpstream {
    std::unique_ptr<Upstream> upstream;
    bool seen_idle = false;
  };

  Parts(int number_, Store& store_, RateLimit& rate_limit_, TargetWatch& targets_)
      : number(number_),
        store(store_),
        rate_limit(rate_limit_),
        targets(targets_),
        clock(*store_.clock),
        work(boost::asio::make_work_guard(context)),
        end_timer(context),
        tick_timer(context) {}

  void adopt(std::shared_ptr<const Plan> next, std::unique_ptr<Upstream> next_upstream,
             std::vector<ListeningSockets> sockets) {
    plan = std::move(next);
    if (next_upstream) std::swap(upstream, next_upstream);
    if (handler) {
      handler->adopt(plan, *upstream);
    } else {
      handler.emplace(
          HandlerParts{clock, store.history->ring(number), *store.ledger, targets,
                       store.counters.workers[static_cast<std::size_t>(number)], rate_limit, store.health, number},
          plan, *upstream);
      tcp_clients.emplace(*handler, number, clock);
    }
    tcp_clients->set_limits(tcp_limits(descriptor_limit(), plan->settings));
    if (next_upstream) former_upstreams.push_back({std::move(next_upstream)});
    const auto& wanted = plan->settings.dns.listen;
    const auto given_up = std::stable_partition(listeners.begin(), listeners.end(), [&](const Listener& listener) {
      return std::find(wanted.begin(), wanted.end(), listener.at) != wanted.end();
    });
    for (auto listener = given_up; listener != listeners.end(); ++listener) give_up(std::move(*listener));
    listeners.erase(given_up, listeners.end());
    for (ListeningSockets& at : sockets) {
      auto udp = std::make_shared<UdpListener>(context, at.at, std::move(at.udp), *handler, number, clock,
                                               store.counters.workers[static_cast<std::size_t>(number)]);
      auto tcp = std::make_unique<TcpListener>(context, at.at, std::move(at.tcp), *tcp_clients);
      udp->start();
      tcp->start();
      listeners.push_back({std::move(udp), std::move(tcp), at.at});
    }
  }

  void give_up(Listener listener) {
    listener.udp->stop();
    listener.tcp->leave();
    listener.left = clock.steady();
    leaving.push_back(std::move(listener));
  }

  void tick() {
    handler->tick();
    const SteadyTime now = clock.steady();
    std::erase_if(leaving, [&](const Listener& listener) {
      return !handler->waits_since(listener.left) && (!listener.tcp->connections() || now - listener.left > kLeave);
    });
    std::erase_if(former_upstreams, [](FormerUpstream& former) {
      if (former.upstream->outstanding()) return false;
      return std::exchange(former.seen_idle, true);
    });
    tick_timer.expires_after(kTick);
    tick_timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) tick();
    });
  }

  // How long an answer may still come at the most: each server is asked after half a time-out of the one before it and
  // the first of them once more, and each may be asked again, over TCP or without EDNS.
  std::chrono::milliseconds upstream_patience() const {
    const auto& upstream_settings = plan->settings.upstream;
    return upstream_settings.timeout * static_cast<int>(upstream_settings.servers.size()) / 2 +
           3 * upstream_settings.timeout + kStopMargin;
  }

  bool owes_nothing() const {
    return handler->waiting_askers() == 0 && std::all_of(leaving.begin(), leaving.end(), [](const Listener& listener) {
             return listener.tcp->connections() == 0;
           });
  }

  // On the worker's thread. `finish_connections`: TCP clients get what they are owed and no more.
  void end(SteadyTime deadline, bool finish_connections) {
    for (Listener& listener : std::exchange(listeners, {})) give_up(std::move(listener));
    if (finish_connections) {
      for (Listener& listener : leaving) listener.tcp->stop();
    }
    end_when_idle(deadline);
  }

  void end_when_idle(SteadyTime deadline) {
    if (owes_nothing() || clock.steady() >= deadline) {
      upstream->close();
      for (const FormerUpstream& former : former_upstreams) former.upstream->close();
      leaving.clear();
      work.reset();
      context.stop();
      return;
    }
    end_timer.expires_after(kStopPoll);
    end_timer.async_wait([this, deadline](const boost::system::error_code& error) {
      if (!error) end_when_idle(deadline);
    });
  }

  int number;
  Store& store;
  RateLimit& rate_limit;
  TargetWatch& targets;
  const Clock& clock;
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  boost::asio::steady_timer end_timer, tick_timer;
  std::shared_ptr<const Plan> plan;
  std::unique_ptr<Upstream> upstream;
  std::vector<FormerUpstream> former_upstreams;
  std::optional<QueryHandler> handler;
  std::optional<TcpClients> tcp_clients;
  std::vector<Listener> listeners, leaving;
};

Worker::Worker(int number, Store& store, RateLimit& rate_limit, TargetWatch& targets)
    : parts_(std::make_unique<Parts>(number, store, rate_limit, targets)) {}

Worker::~Worker() { stop(); }

int Worker::number() const { return parts_->number; }

Result<std::unique_ptr<Upstream>> Worker::open_upstream(const Settings::Upstream& settings) const {
  auto upstream =
      PlainUpstream::open(parts_->context, settings.servers, settings.timeout, parts_->clock,
                          parts_->store.counters.workers[static_cast<std::size_t>(parts_->number)].upstream_strays,
                          parts_->store.upstreams);
  if (!upstream) return upstream.error();
  return std::unique_ptr<Upstream>(std::move(*upstream));
}

void Worker::adopt(std::shared_ptr<const Plan> plan, std::unique_ptr<Upstream> upstream,
                   std::vector<ListeningSockets> sockets) {
  if (!thread_.joinable()) return parts_->adopt(std::move(plan), std::move(upstream), std::move(sockets));
  std::promise<void> done;
  boost::asio::post(parts_->context, [&] {
    parts_->adopt(std::move(plan), std::move(upstream), std::move(sockets));
    done.set_value();
  });
  done.get_future().wait();
}

void Worker::start() {
  parts_->tick();
  thread_ = std::thread([this] {
    enter_foreground(("worker-" + std::to_string(parts_->number)).c_str());
    parts_->context.run();
    ended_.store(true, std::memory_order_release);
  });
}

void Worker::leave() {
  boost::asio::post(parts_->context, [this] {
    parts_->end(parts_->clock.steady() + std::max<std::chrono::milliseconds>(kLeave, parts_->upstream_patience()),
                false);
  });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(parts_->context,
                    [this] { parts_->end(parts_->clock.steady() + parts_->upstream_patience(), true); });
  thread_.join();
}

}  // namespace sinkfeed
