// Drops what is older than the history is kept, or more, but for what is held; and tells the chain of it.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/history_names.hpp"
#include "store/history_writer.hpp"
#include "store/keys.hpp"
#include "store/link_ranges.hpp"
#include "store/records.pb.h"

namespace sinkfeed {
namespace {

constexpr std::chrono::seconds kRetentionEvery{60}, kDropRetry{60};
constexpr std::size_t kFilesAtOnce = 10;  // 30 ms; then the rings are drained again

}  // namespace

void HistoryWriter::apply_retention() {
  retention_at_ = clock_.steady() + kRetentionEvery;
  const auto warn = [](const Problem& problem) {
    spdlog::warn("cannot drop old history, trying again in a minute: {}", problem.what);
  };
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
  auto dropped = finish_dropping();
  if (dropped) dropped = drop(expired);
  if (!dropped) {
    warn(dropped.error());
    const std::lock_guard lock{mutex_};
    for (const auto& block : expired) catalogue_.add(block);
    return;
  }
  const auto is_there = [&](const std::string& key) { return catalogue_.at(key) != nullptr; };
  if (const auto forgotten = drop_names_of_no_block(database_, is_there); !forgotten) warn(forgotten.error());
}

// Out of the index, with the link that says so, in one batch; the blocks themselves then go as whole files where that
// is possible, which is in no batch, and not at once: half of a billion queries are thousands of files. What is left to
// be deleted is written down until that is done.
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
  doomed_.reset();
  return {};
}

bool HistoryWriter::Doomed::holds(std::string_view key) const {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const auto& range) { return key >= range.first && key < range.second; });
}

Result<void> HistoryWriter::load_doomed() {
  if (doomed_) return {};
  const auto value = database_.get(Column::meta, keys::kDropping);
  if (!value) return value.error();
  Doomed doomed;
  records::DroppedHistory ranges;
  if (*value && ranges.ParseFromString(**value) && ranges.from_size() == ranges.end_size()) {
    for (int i = 0; i < ranges.from_size(); i++) doomed.ranges.emplace_back(ranges.from(i), ranges.end(i));
  }
  doomed_ = std::move(doomed);
  return {};
}

void HistoryWriter::go_on_dropping() {
  const auto now = std::chrono::steady_clock::now();
  if (now < drop_at_ || failing_) return;
  if (const auto dropped = drop_some(); !dropped) {
    drop_at_ = now + kDropRetry;
    spdlog::warn("cannot delete history that was dropped, trying again in a minute: {}", dropped.error().what);
  }
}

Result<void> HistoryWriter::drop_some() {
  if (auto loaded = load_doomed(); !loaded) return loaded;
  if (doomed_->ranges.empty()) return {};
  const auto& [from, end] = doomed_->ranges[doomed_->gone];
  const auto done = database_.drop_some(Column::history, from, end, kFilesAtOnce);
  if (!done) return done.error();
  if (!*done || ++doomed_->gone < doomed_->ranges.size()) return {};
  return forget_doomed();
}

Result<void> HistoryWriter::finish_dropping() {
  if (auto loaded = load_doomed(); !loaded) return loaded;
  if (doomed_->ranges.empty()) return {};
  for (; doomed_->gone < doomed_->ranges.size(); doomed_->gone++) {
    const auto& [from, end] = doomed_->ranges[doomed_->gone];
    if (auto dropped = database_.drop_range(Column::history, from, end); !dropped) return dropped;
  }
  return forget_doomed();
}

// If that fails, they are all dropped once more.
Result<void> HistoryWriter::forget_doomed() {
  doomed_->gone = 0;
  Database::Batch batch;
  batch.remove(Column::meta, std::string(keys::kDropping));
  if (auto written = database_.write(batch); !written) return written;
  doomed_->ranges.clear();
  return {};
}

}  // namespace sinkfeed
