// Opens the parts of the store in the order in which they need one another.
#include "store/store.hpp"

#include <fmt/format.h>

#include <utility>

namespace sinkfeed {

Result<std::unique_ptr<Store>> Store::open(const Configuration& configuration, Database::Mode mode, int workers,
                                           const Clock& clock) {
  const Settings& settings = configuration.settings;
  const auto& path = settings.store.path;
  if (mode == Database::Mode::read_write) {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) {
      return Problem{
          fmt::format("cannot make the store's folder {}: {}; set store.path to a folder that can be written",
                      path.string(), error.message())};
    }
  }
  auto store = std::make_unique<Store>();
  store->configuration_ = std::make_shared<const Configuration>(configuration);
  store->clock = &clock;
  store->mode = mode;
  store->opened = clock.wall();
  store->workers = workers;

  auto database = Database::open(path / "db", mode);
  if (!database) return database.error();
  store->database = std::move(*database);
  auto key = NodeKey::open(*store->database, mode);
  if (!key) return key.error();
  store->key = std::make_unique<NodeKey>(*std::move(key));
  store->tokens = std::make_unique<Tokens>(*store->database, mode, clock, store->health);
  auto ledger = Ledger::open(*store->database, mode, configuration.catalogue, Guards::from(settings), clock,
                             store->health, store->counters);
  if (!ledger) return ledger.error();
  store->ledger = std::move(*ledger);
  auto history = History::open(*store->database, mode, path / "rings", workers, settings.history, clock, store->health,
                               mode == Database::Mode::read_write ? store->ledger.get() : nullptr);
  if (!history) return history.error();
  store->history = std::move(*history);
  store->sinks = std::make_unique<HistorySinkStates>(*store->database);
  auto subscribers = Subscribers::open(*store->database, clock, store->health);
  if (!subscribers) return subscribers.error();
  store->subscribers = std::move(*subscribers);
  store->timeline = std::make_unique<Timeline>(*store->database, clock);
  if (mode == Database::Mode::read_write) store->timeline->start([from = store.get()] { return from->now(); });
  return store;
}

void Store::reconfigure(const Configuration& configuration) {
  {
    const std::lock_guard lock(configuration_mutex_);
    configuration_ = std::make_shared<const Configuration>(configuration);
  }
  history->keep(configuration.settings.history);
  ledger->reconfigure(configuration.catalogue, Guards::from(configuration.settings));
}

Timeline::Now Store::now() const {
  Timeline::Now now{
      {counters.queries_by_verdict(), counters.sum(&WorkerCounters::cache_hits),
       counters.sum(&WorkerCounters::upstream_questions), counters.sum(&WorkerCounters::upstream_failures),
       counters.sum(&WorkerCounters::dropped_packets), history->totals().lost, counters.latencies()},
      {}};
  const auto generation = ledger->current();
  for (const auto& [profile, addresses] : generation->profiles) now.published[profile] = addresses.size();
  return now;
}

std::shared_ptr<const Configuration> Store::configuration() const {
  const std::lock_guard lock(configuration_mutex_);
  return configuration_;
}

}  // namespace sinkfeed
