// The store as a whole, opened and closed together: what the resolver and the feed meet in.
#pragma once

#include <memory>

#include "config/clock.hpp"
#include "config/settings.hpp"
#include "store/counters.hpp"
#include "store/database.hpp"
#include "store/health.hpp"
#include "store/history.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

struct Store {
  // Layout of settings.store.path: db/ (RocksDB) and rings/ (history rings). `workers`: history rings to open (0 when
  // read-only). The configuration and clock must outlive the store.
  static Result<std::unique_ptr<Store>> open(const Configuration& configuration, Database::Mode mode, int workers,
                                             const Clock& clock);

  const Configuration* configuration = nullptr;
  const Clock* clock = nullptr;
  Database::Mode mode = Database::Mode::read_only;
  WallTime opened;
  Health health;
  Counters counters;
  int workers = 0;
  std::unique_ptr<Database> database;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<History> history;
};

}  // namespace sinkfeed
