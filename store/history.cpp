// The history's face: everything is done by the writer (history_writer.hpp) and the search (history_search.cpp).
#include "store/history.hpp"

#include <utility>

#include "store/history_core.hpp"

namespace sinkfeed {

Result<std::unique_ptr<History>> History::open(Database& database, Database::Mode mode,
                                               const std::filesystem::path& rings, int workers,
                                               const Settings::History& settings, const Clock& clock, Health& health,
                                               Ledger* ledger) {
  auto writer = HistoryWriter::open(database, mode, rings, workers, settings, clock, health, ledger);
  if (!writer) return writer.error();
  return std::unique_ptr<History>{new History{std::make_unique<Core>(Core{std::move(*writer)})}};
}

History::History(std::unique_ptr<Core> core) : core_(std::move(core)) {}
History::~History() = default;

Result<void> History::open_ring(int worker) { return core_->writer->open_ring(worker); }
void History::keep(const Settings::History& settings) { core_->writer->keep(settings); }
Result<void> History::seal() { return core_->writer->seal(); }
HistoryRing& History::ring(int worker) { return core_->writer->ring(worker); }
Result<void> History::erase(const IpAddress& client) { return core_->writer->erase(client); }
ErasureProgress History::erasure() const { return core_->writer->erasure(); }
Chain& History::chain() const { return core_->writer->chain(); }
HistoryHolds& History::holds() const { return core_->writer->holds(); }
HistoryTotals History::totals() const { return core_->writer->totals(); }

}  // namespace sinkfeed
