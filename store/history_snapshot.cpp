// What a search and the totals see of the history while it is written.
#include <algorithm>

#include "store/history_block.hpp"
#include "store/history_unpack.hpp"
#include "store/history_writer.hpp"
#include "store/sha256.hpp"

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
        next = source->ring->read(at, kBlockRows, *rest, &mask_);
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

Result<BlockBytes> HistoryWriter::bytes_of(const BlockInfo& block) const {
  auto value = database_.get(Column::history, block.key);
  if (!value) return value.error();
  // A third of what a scan would take.
  if (*value && block.is_checked.is_set() && history_layout::is_packed(**value))
    return BlockBytes{*std::move(value), ""};
  const std::string sha256 = *value ? sha256_of(**value) : "";
  if (sha256 == block.sha256) {
    block.is_checked.set();
    return BlockBytes{*std::move(value), ""};
  }
  const std::lock_guard lock{mutex_};
  const auto now = catalogue_.at(block.key);
  if (!*value) return BlockBytes{std::nullopt, now ? "it is not in the store" : ""};
  if (sha256 == rewritten_sha256_ || (now && sha256 == now->sha256)) return BlockBytes{*std::move(value), ""};
  return BlockBytes{std::nullopt, "it is damaged or was altered: its SHA-256 is another"};
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
