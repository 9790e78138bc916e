#include "store/history_follow.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/history_block.hpp"
#include "store/history_core.hpp"

namespace sinkfeed {

std::optional<HistoryPiece> HistoryWriter::piece_at(std::uint64_t record, std::size_t most) const {
  const std::lock_guard lock{mutex_};
  if (auto block = catalogue_.at_or_after(record)) {
    const std::uint64_t first = block->first_record;
    return HistoryPiece{std::move(block), {}, first};
  }
  std::uint64_t first = catalogue_.next_record();
  for (const Pending& pending : pending_) {
    const HistoryColumns& columns = *pending.columns;
    if (record < first + columns.rows()) {
      const std::uint64_t from = std::max(record, first);
      return HistoryPiece{nullptr, columns.records(from - first, most), from};
    }
    first += columns.rows();
  }
  return std::nullopt;
}

std::uint64_t HistoryWriter::next_record() const {
  const std::lock_guard lock{mutex_};
  std::uint64_t next = catalogue_.next_record();
  for (const Pending& pending : pending_) next += pending.columns->rows();
  return next;
}

std::uint64_t HistoryWriter::settled_record() const {
  const std::lock_guard lock{mutex_};
  return catalogue_.next_record();
}

HistoryPosition HistoryFollower::end(const History& history) { return {history.core_->writer->next_record()}; }
HistoryPosition HistoryFollower::settled(const History& history) { return {history.core_->writer->settled_record()}; }

Result<void> HistoryFollower::read(std::size_t most, const std::function<void(const QueryRecord&)>& found) {
  while (most > 0 && missed_ == 0) {
    if (position_.record >= first_record_ && position_.record < first_record_ + records_.size()) {
      const std::size_t from = position_.record - first_record_, count = std::min(most, records_.size() - from);
      for (std::size_t i = from; i < from + count; ++i) found(records_[i]);
      position_.record += count;
      most -= count;
      continue;
    }
    records_.clear();
    auto piece = history_->core_->writer->piece_at(position_.record, most);
    if (!piece) {
      // A store that was restored from a backup may know fewer records than whoever followed it.
      position_ = std::min(position_, end(*history_));
      return {};
    }
    if (piece->first_record > position_.record) {
      // Position 0 is before all there is, whatever that is.
      missed_ = position_.record ? piece->first_record - position_.record : 0;
      position_.record = piece->first_record;
    }
    first_record_ = piece->first_record;
    if (!piece->block) {
      records_ = std::move(piece->records);
    } else if (auto read = read_block(*piece->block); !read) {
      return read;
    }
  }
  return {};
}

// Leaves records_ empty if the block is gone by now: what comes next is then asked for anew.
Result<void> HistoryFollower::read_block(const BlockInfo& block) {
  const auto value = history_->core_->writer->bytes_of(block);
  if (!value) return value.error();
  if (!value->bytes && value->damage.empty()) return {};
  if (value->bytes) {
    if (auto decoded = decode_block(*value->bytes)) {
      records_ = std::move(*decoded);
      if (records_.size() == block.rows) return {};
    }
  }
  const std::uint64_t end = block.first_record + block.rows;
  spdlog::warn("the block of history from {} to {} is damaged: {} records of it cannot be passed on",
               format_time(block.first), format_time(block.last), end - position_.record);
  records_.clear();
  missed_ += end - position_.record;
  position_.record = end;
  return {};
}

}  // namespace sinkfeed
