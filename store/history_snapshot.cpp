// What a search and the totals see of the history while it is written.
#include <algorithm>

#include "store/history_block.hpp"
#include "store/history_writer.hpp"

namespace sinkfeed {

std::uint64_t HistoryWriter::lost() const {
  std::uint64_t sum = 0;
  for (const auto& source : sources_) sum += source->ring->lost();
  return sum;
}

HistorySnapshot HistoryWriter::snapshot(std::optional<WallTime> since, std::optional<WallTime> until) {
  HistorySnapshot seen;
  const std::lock_guard lock{mutex_};
  auto rest = std::make_shared<HistoryColumns>();
  if (writable_ && !drain()) {
    for (const auto& source : sources_) {
      for (std::uint64_t at = source->read_to, next = 0;; at = next) {
        next = source->ring->read(at, kBlockRows, *rest);
        if (next == at) break;
      }
    }
  }
  for (const auto& source : sources_) {
    const std::uint64_t to = rest->empty() ? source->read_to : source->ring->written();
    if (const auto loss = source->ring->loss_after(to)) rest->append(*loss);
  }
  for (Pending& block : pending_) {
    // Sealed columns do not change any more; those that grow are copied.
    block.shown = block.shown || block.sealed;
    seen.pending.push_back(block.sealed ? block.columns : std::make_shared<HistoryColumns>(*block.columns));
  }
  if (!rest->empty()) seen.pending.push_back(std::move(rest));
  seen.blocks = catalogue_.within(since, until);
  seen.problems = problems_;
  return seen;
}

bool HistoryWriter::has_block(const std::string& key) const {
  const std::lock_guard lock{mutex_};
  return catalogue_.has(key);
}

HistoryTotals HistoryWriter::totals() const {
  const std::lock_guard lock{mutex_};
  HistoryTotals totals;
  totals.records = catalogue_.rows();
  totals.blocks = catalogue_.size();
  totals.block_bytes = catalogue_.bytes();
  totals.lost = lost();
  totals.oldest = catalogue_.oldest();
  totals.newest = catalogue_.newest();
  for (const Pending& block : pending_) {
    const HistoryColumns& columns = *block.columns;
    totals.records += columns.rows();
    totals.oldest = totals.oldest ? std::min(*totals.oldest, columns.first()) : columns.first();
    totals.newest = totals.newest ? std::max(*totals.newest, columns.last()) : columns.last();
  }
  return totals;
}

}  // namespace sinkfeed
