// Drops what is older than the history is kept, or more, but for what is held; and tells the chain of it.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/history_writer.hpp"
#include "store/keys.hpp"
#include "store/link_ranges.hpp"
#include "store/records.pb.h"

namespace sinkfeed {
namespace {

constexpr std::chrono::seconds kRetentionEvery{60};

}  // namespace

void HistoryWriter::apply_retention() {
  retention_at_ = clock_.steady() + kRetentionEvery;
  const auto warn = [](const Problem& problem) {
    spdlog::warn("cannot drop old history, trying again in a minute: {}", problem.what);
  };
  if (const auto finished = finish_dropping(); !finished) return warn(finished.error());
  if (!age_clock_) age_clock_.emplace(clock_, catalogue_.newest());
  const WallTime now = age_clock_->now();
  const auto is_held = [&](const BlockInfo& block) { return holds_->covers(block.first, block.last); };
  std::vector<std::shared_ptr<const BlockInfo>> expired;
  {
    const std::lock_guard lock{mutex_};
    expired = catalogue_.expired(now - settings_.retention, settings_.max_size, is_held);
    const bool keeps =
        age_clock_->doubts() &&
        catalogue_.expired(clock_.wall() - settings_.retention, settings_.max_size, is_held).size() > expired.size();
    if (keeps && !told_of_doubt_) {
      spdlog::warn(
          "the clock says {}, the time that has passed since the newest record {}: history that would be too old then "
          "is kept until the clock has said so for a day",
          format_second(clock_.wall()), format_second(now));
    }
    told_of_doubt_ = keeps;
    for (const auto& block : expired) catalogue_.remove(block->key);
  }
  if (expired.empty()) return;
  if (const auto dropped = drop(expired); !dropped) {
    warn(dropped.error());
    const std::lock_guard lock{mutex_};
    for (const auto& block : expired) catalogue_.add(block);
    return;
  }
  if (const auto finished = finish_dropping(); !finished) warn(finished.error());
}

// Out of the index, with the link that says so, in one batch; the blocks themselves then go as whole files where that
// is possible, which is in no batch. What is left to be deleted is written down until that is done.
Result<void> HistoryWriter::drop(const std::vector<std::shared_ptr<const BlockInfo>>& blocks) {
  std::vector<std::string> doomed;
  std::vector<std::uint64_t> links;
  std::uint64_t rows = 0;
  WallTime first = blocks.front()->first, last = blocks.front()->last;
  Database::Batch batch;
  for (const auto& block : blocks) {
    doomed.push_back(block->key);
    links.insert(links.end(), block->links.begin(), block->links.end());
    rows += block->rows;
    first = std::min(first, block->first);
    last = std::max(last, block->last);
    batch.remove(Column::history_index, block->key);
  }
  std::sort(doomed.begin(), doomed.end());
  // Neighbours go together, in one range up to the next block that stays.
  records::DroppedHistory ranges;
  const auto kept = catalogue_.within({}, {});
  auto next_kept = kept.begin();
  for (std::size_t from = 0; from < doomed.size();) {
    while (next_kept != kept.end() && (*next_kept)->key < doomed[from]) ++next_kept;
    std::size_t to = from + 1;
    while (to < doomed.size() && (next_kept == kept.end() || doomed[to] < (*next_kept)->key)) ++to;
    ranges.add_from(doomed[from]);
    ranges.add_end(doomed[to - 1] + '\0');
    from = to;
  }
  batch.put(Column::meta, std::string(keys::kDropping), ranges.SerializeAsString());
  std::string text =
      fmt::format(R"({{"links":"{}","blocks":{},"rows":{},"since":"{}","until":"{}"}})",
                  link_ranges_text(std::move(links)), blocks.size(), rows, format_time(first), format_time(last));
  const auto written =
      chain_->write(batch, {ChainLink::with_text(ChainLink::Kind::dropped, clock_.wall(), std::move(text))});
  if (!written) return written.error();
  dropping_ = true;
  return {};
}

Result<void> HistoryWriter::finish_dropping() {
  if (!dropping_) return {};
  const auto value = database_.get(Column::meta, keys::kDropping);
  if (!value) return value.error();
  records::DroppedHistory ranges;
  if (*value && ranges.ParseFromString(**value) && ranges.from_size() == ranges.end_size()) {
    for (int i = 0; i < ranges.from_size(); i++) {
      if (auto dropped = database_.drop_range(Column::history, ranges.from(i), ranges.end(i)); !dropped) return dropped;
    }
  }
  if (*value) {
    Database::Batch batch;
    batch.remove(Column::meta, std::string(keys::kDropping));
    if (auto written = database_.write(batch); !written) return written;
  }
  dropping_ = false;
  return {};
}

}  // namespace sinkfeed
