#include "daemon.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <future>
#include <mutex>

#include "config/thread_priority.hpp"
#include "feed/checkpoint_watch.hpp"
#include "feed/feed_events.hpp"
#include "feed/http_server.hpp"
#include "feed/out/history_sinks.hpp"
#include "feed/routes.hpp"
#include "feed/settings_check.hpp"
#include "feed/snapshots.hpp"
#include "feed/subscriber_watch.hpp"
#include "resolver/descriptors.hpp"
#include "resolver/query_report.hpp"
#include "resolver/resolver.hpp"
#include "store/large_pages.hpp"
#include "store/store.hpp"

namespace sinkfeed {

namespace {

constexpr auto kHttpPatience = std::chrono::seconds(10);

// Every thread started after it was made has these signals blocked; wait() takes them.
class Signals {
 public:
  Signals() {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  int wait() const {
    int caught = 0;
    sigwait(&signals_, &caught);
    return caught;
  }

 private:
  sigset_t signals_;
};

void see_to_descriptors(const Settings& settings) {
  const std::size_t there = raise_descriptor_limit(), needed = descriptors_needed(settings);
  if (there >= needed) return;
  spdlog::warn(
      "{} file descriptors are allowed, with these settings {} can be needed: a worker takes {} TCP clients instead of "
      "{}, HTTP {} connections instead of {}; raise the hard limit, with LimitNOFILE={} in the systemd unit or ulimit "
      "-Hn {}",
      there, needed, tcp_limits(there, settings).connections, TcpLimits{}.connections,
      http_connections(there, settings), kHttpConnections, needed, needed);
}

HttpPlan http_plan(const Settings& settings) {
  return {settings.http.listen, settings.http.tls.listen, http_connections(descriptor_limit(), settings)};
}

using Load = std::function<Result<Configuration>()>;

class Daemon {
 public:
  static Result<std::unique_ptr<Daemon>> open(const Load& load) {
    const auto configuration = load();
    if (!configuration) return configuration.error();
    see_to_descriptors(configuration->settings);
    auto daemon = std::make_unique<Daemon>(load);
    const int workers = Resolver::worker_count(configuration->settings);
    auto store = Store::open(*configuration, Database::Mode::read_write, workers, daemon->clock_);
    if (!store) return store.error();
    daemon->store_ = std::move(*store);
    daemon->snapshots_ =
        std::make_unique<Snapshots>(daemon->store_->ledger->current(), entries_of(*daemon->store_->ledger));
    daemon->store_->ledger->subscribe(*daemon->snapshots_);
    daemon->events_ = std::make_unique<FeedEvents>(*daemon->store_);
    daemon->store_->ledger->subscribe(*daemon->events_);
    daemon->routes_ = std::make_unique<Routes>(*daemon->store_, *daemon->snapshots_, *daemon->events_, daemon->calls());
    daemon->watch_ = std::make_unique<SubscriberWatch>(*daemon->store_, *daemon->snapshots_);
    daemon->sinks_ = std::make_unique<HistorySinks>(*daemon->store_);
    daemon->checkpoints_ = std::make_unique<CheckpointWatch>(*daemon->store_);
    auto resolver = Resolver::open(*daemon->store_);
    if (!resolver) return resolver.error();
    daemon->resolver_ = std::move(*resolver);
    daemon->certificates_ = std::make_unique<CertificateKeeper>(daemon->clock_, daemon->store_->health);
    auto certificates = daemon->certificates_->prepare(configuration->settings.http.tls);
    if (!certificates) return certificates.error();
    daemon->certificates_->commit(std::move(*certificates));
    auto http = HttpServer::open(http_plan(configuration->settings), *daemon->routes_, kHttpPatience,
                                 daemon->certificates_.get());
    if (!http) return http.error();
    daemon->http_ = std::move(*http);
    return daemon;
  }

  explicit Daemon(Load load) : load_(std::move(load)) {}

  void start() {
    resolver_->start();
    http_->start();
    watch_->start();
    sinks_->apply(store_->configuration()->settings.history.sinks);
    checkpoints_->start();
    tell_chain("{\"action\":\"start\",\"who\":\"sinkfeed\",\"version\":\"" SINKFEED_VERSION "\"}");
    spdlog::info("serving DNS with {} workers, generation {}", store_->workers.load(),
                 store_->ledger->current()->number);
  }

  void stop() {
    {
      const std::lock_guard lock(requests_mutex_);
      stopping_ = true;
    }
    for (auto& request : take_requests()) request.set_value(Problem{"the daemon is being stopped"});
    routes_->stop();
    http_->stop();
    watch_->stop();
    events_->stop();
    resolver_->stop();
    sinks_->stop();
    checkpoints_->stop();
    checkpoints_->finish();
  }

  // On the main thread: it alone may start workers, because its priority is not lowered.
  void reload() {
    auto requests = take_requests();  // who asks from now on has seen a newer file
    sd_notify(0, "RELOADING=1");
    const auto changed = change_to(load_in_background());
    sd_notify(0, "READY=1");
    (changed ? store_->counters.reloads : store_->counters.refused_reloads)++;
    store_->health.report("settings", changed ? "" : changed.error().what + "; the settings of before stay in force");
    if (changed && !changed->empty())
      tell_chain(
          fmt::format(R"({{"action":"settings changed","who":"sinkfeed","what":"{}"}})", fmt::join(*changed, ", ")));
    if (changed)
      spdlog::info("reloaded: {}",
                   changed->empty() ? "nothing has changed" : fmt::format("{}", fmt::join(*changed, ", ")));
    for (auto& request : requests) request.set_value(changed);
  }

 private:
  using Changed = Result<std::vector<std::string>>;

  void tell_chain(std::string text) { store_->history->chain().note(ChainLink::Kind::action, std::move(text)); }

  DaemonCalls calls() {
    return {[this] { return request_reload(); }, [this] { return check(); },
            [this](const DnsName& name, std::uint16_t type) -> Result<boost::json::object> {
              const auto report = report_query(*store_->configuration(), name, type);
              if (!report) return report.error();
              return query_value(*report);
            }};
  }

  SettingsCheck check() const {
    SettingsCheck checked;
    checked.file = store_->configuration()->settings.file.string();
    const auto next = load_();
    auto usable = next ? check_upstream_is_another(next->settings) : Result<void>(next.error());
    if (usable) usable = check_feed_settings(next->settings);
    if (!usable) {
      checked.problem = usable.error().what;
      return checked;
    }
    for (const Profile& profile : next->catalogue->profiles()) checked.profiles.push_back(profile.name);
    checked.changed = differences(*store_->configuration(), *next);
    return checked;
  }

  // What has changed. A Problem: nothing has, and the daemon goes on as before. Any thread.
  Changed request_reload() {
    std::future<Changed> changed;
    {
      const std::lock_guard lock(requests_mutex_);
      if (stopping_) return Problem{"the daemon is being stopped"};
      changed = requests_.emplace_back().get_future();
    }
    kill(getpid(), SIGHUP);
    return changed.get();
  }

  std::vector<std::promise<Changed>> take_requests() {
    const std::lock_guard lock(requests_mutex_);
    return std::exchange(requests_, {});
  }

  Result<Configuration> load_in_background() const {
    return std::async(std::launch::async,
                      [this] {
                        enter_background("load");
                        return load_();
                      })
        .get();
  }

  Changed change_to(const Result<Configuration>& next) {
    if (!next) return next.error();
    const auto now = store_->configuration();
    const Settings& settings = next->settings;
    if (settings.store.path != now->settings.store.path)
      return Problem{
          fmt::format("store.path is {} now, but the store that is open is {}: restart the daemon to change it",
                      settings.store.path.string(), now->settings.store.path.string())};
    auto changed = differences(*now, *next);
    auto certificates = certificates_->prepare(settings.http.tls);
    if (!certificates) return certificates.error();
    if (changed.empty()) {
      if (certificates_->commit(std::move(*certificates))) changed.emplace_back("certificate");
      return changed;
    }
    const auto http = http_->prepare(http_plan(settings));
    if (!http) return http.error();
    // Last, and at once: from here on clients' packets come to the new workers' sockets.
    const auto resolver = resolver_->prepare(*next);
    if (!resolver) return resolver.error();
    resolver_->commit(**resolver);
    store_->workers = Resolver::worker_count(settings);
    store_->reconfigure(*next);
    sinks_->apply(settings.history.sinks);
    if (certificates_->commit(std::move(*certificates))) changed.emplace_back("certificate");
    http_->commit(**http);
    events_->end_streams();
    return changed;
  }

  const Load load_;
  const SystemClock clock_;
  std::mutex requests_mutex_;
  std::vector<std::promise<Changed>> requests_;  // who waits for a reload
  bool stopping_ = false;
  // These outlive the ledger, which tells them of the last generation when it closes.
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<FeedEvents> events_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Routes> routes_;
  std::unique_ptr<SubscriberWatch> watch_;
  std::unique_ptr<HistorySinks> sinks_;
  std::unique_ptr<CheckpointWatch> checkpoints_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<CertificateKeeper> certificates_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace

int run_daemon(const Load& load) {
  return_large_buffers();
  const Signals signals;
  auto daemon = Daemon::open(load);
  if (!daemon) {
    fmt::print(stderr, "sinkfeed: {}\n", daemon.error().what);
    return 1;
  }
  (*daemon)->start();
  sd_notify(0, "READY=1");
  while (signals.wait() == SIGHUP) (*daemon)->reload();
  sd_notify(0, "STOPPING=1");
  spdlog::info("stopping: answering what is in flight, writing what is pending");
  (*daemon)->stop();
  daemon->reset();
  spdlog::info("stopped");
  return 0;
}

}  // namespace sinkfeed
