#include "resolver/worker.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "resolver/cares_upstream.hpp"
#include "resolver/query_handler.hpp"
#include "resolver/tcp_listener.hpp"
#include "resolver/udp_listener.hpp"

namespace sinkfeed {

namespace {

constexpr auto kStopPoll = std::chrono::milliseconds(10);
constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kStopMargin = std::chrono::milliseconds(500);

}  // namespace

struct Worker::Parts {
  Parts(int number_, const Settings& settings_, const Clock& clock_)
      : number(number_),
        settings(settings_),
        clock(clock_),
        work(boost::asio::make_work_guard(context)),
        stop_timer(context),
        tick_timer(context) {}

  void tick() {
    handler->tick();
    tick_timer.expires_after(kTick);
    tick_timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) tick();
    });
  }

  // Ends when nothing is owed any more, or at the deadline.
  void stop_when_idle(SteadyTime deadline) {
    std::size_t connections = 0;
    for (const auto& listener : tcp) connections += listener->connections();
    if ((handler->waiting_askers() == 0 && connections == 0) || clock.steady() >= deadline) {
      upstream->close();
      tcp.clear();
      udp.clear();
      work.reset();
      context.stop();
      return;
    }
    stop_timer.expires_after(kStopPoll);
    stop_timer.async_wait([this, deadline](const boost::system::error_code&) { stop_when_idle(deadline); });
  }

  int number;
  const Settings& settings;
  const Clock& clock;
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
  boost::asio::steady_timer stop_timer, tick_timer;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<QueryHandler> handler;
  std::vector<std::shared_ptr<UdpListener>> udp;
  std::vector<std::unique_ptr<TcpListener>> tcp;
};

Result<std::unique_ptr<Worker>> Worker::open(int number, const Settings& settings, Store& store, Cache& cache,
                                             const Policy& policy, RateLimit& rate_limit, TargetWatch& targets) {
  auto parts = std::make_unique<Parts>(number, settings, *store.clock);
  auto upstream =
      CaresUpstream::open(parts->context, settings.upstream.servers, settings.upstream.timeout, *store.clock);
  if (!upstream) return upstream.error();
  parts->upstream = std::move(*upstream);
  WorkerCounters& counters = store.counters.workers[number];
  parts->handler = std::make_unique<QueryHandler>(HandlerParts{settings, policy, *store.clock, cache, *parts->upstream,
                                                               store.history->ring(number), *store.ledger, targets,
                                                               counters, rate_limit, store.health, number});
  for (const Endpoint& at : settings.dns.listen) {
    auto udp = UdpListener::open(parts->context, at, *parts->handler, cache, number, *store.clock, counters);
    if (!udp) return udp.error();
    parts->udp.push_back(std::move(*udp));
    auto tcp = TcpListener::open(parts->context, at, *parts->handler, cache, number, *store.clock);
    if (!tcp) return tcp.error();
    parts->tcp.push_back(std::move(*tcp));
  }
  return std::unique_ptr<Worker>(new Worker(std::move(parts)));
}

Worker::Worker(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Worker::~Worker() { stop(); }

void Worker::start() {
  parts_->tick();
  for (const auto& listener : parts_->udp) listener->start();
  for (const auto& listener : parts_->tcp) listener->start();
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), ("worker-" + std::to_string(parts_->number)).c_str());
    parts_->context.run();
  });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(parts_->context, [this] {
    for (const auto& listener : parts_->udp) listener->stop();
    for (const auto& listener : parts_->tcp) listener->stop();
    const auto patience =
        parts_->settings.upstream.timeout * static_cast<int>(parts_->settings.upstream.servers.size()) + kStopMargin;
    parts_->stop_when_idle(parts_->clock.steady() + patience);
  });
  thread_.join();
}

}  // namespace sinkfeed
