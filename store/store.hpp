// The store as a whole, opened and closed together: what the resolver and the feed meet in.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "config/clock.hpp"
#include "config/settings.hpp"
#include "store/counters.hpp"
#include "store/database.hpp"
#include "store/estimates.hpp"
#include "store/health.hpp"
#include "store/history.hpp"
#include "store/history_sinks.hpp"
#include "store/ledger.hpp"
#include "store/node_key.hpp"
#include "store/subscribers.hpp"
#include "store/timeline.hpp"
#include "store/tokens.hpp"
#include "store/upstream_states.hpp"

namespace sinkfeed {

struct Store {
  // Layout of settings.store.path: db/ (RocksDB) and rings/ (history rings). `workers`: history rings to open (0 when
  // read-only). The clock must outlive the store.
  static Result<std::unique_ptr<Store>> open(const Configuration& configuration, Database::Mode mode, int workers,
                                             const Clock& clock);

  // Everything in the store goes by another configuration from now on; its store.path must be the same. Any thread, one
  // at a time; returns when the feeds are made by it, or cannot be written now (health says so).
  void reconfigure(const Configuration& configuration);
  // What the timeline looks at.
  Timeline::Now now() const;
  // The one it goes by; never null. Any thread.
  std::shared_ptr<const Configuration> configuration() const;

  const Clock* clock = nullptr;
  Database::Mode mode = Database::Mode::read_only;
  WallTime opened;
  Health health;
  Counters counters;
  Estimates estimates;
  UpstreamStates upstreams;
  std::atomic<int> workers{0};  // that answer queries
  std::unique_ptr<Database> database;
  std::unique_ptr<NodeKey> key;
  std::unique_ptr<Tokens> tokens;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<History> history;
  std::unique_ptr<HistorySinkStates> sinks;
  std::unique_ptr<Subscribers> subscribers;
  std::unique_ptr<Timeline> timeline;

 private:
  mutable std::mutex configuration_mutex_;
  std::shared_ptr<const Configuration> configuration_;
};

}  // namespace sinkfeed
