// Drops what is older than the history is kept, or more.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/history_writer.hpp"

namespace sinkfeed {
namespace {

constexpr std::chrono::seconds kRetentionEvery{60};

}  // namespace

void HistoryWriter::apply_retention() {
  retention_at_ = clock_.steady() + kRetentionEvery;
  if (!age_clock_) age_clock_.emplace(clock_, catalogue_.newest());
  const WallTime now = age_clock_->now();
  std::vector<std::shared_ptr<const BlockInfo>> drop;
  {
    const std::lock_guard lock{mutex_};
    drop = catalogue_.expired(now - settings_.retention, settings_.max_size);
    const bool keeps = age_clock_->doubts() &&
                       catalogue_.expired(clock_.wall() - settings_.retention, settings_.max_size).size() > drop.size();
    if (keeps && !told_of_doubt_) {
      spdlog::warn(
          "the clock says {}, the time that has passed since the newest record {}: history that would be too old then "
          "is kept until the clock has said so for a day",
          format_second(clock_.wall()), format_second(now));
    }
    told_of_doubt_ = keeps;
    for (const auto& block : drop) catalogue_.remove(block->key);
  }
  if (drop.empty()) return;
  // Blocks before their index: what a crash leaves between the two is found in the index and dropped again. Neighbours
  // go together, in one range up to the next block that stays.
  std::vector<std::string> doomed;
  doomed.reserve(drop.size());
  for (const auto& block : drop) doomed.push_back(block->key);
  std::sort(doomed.begin(), doomed.end());
  const auto kept = catalogue_.within({}, {});
  auto next_kept = kept.begin();
  for (std::size_t from = 0; from < doomed.size();) {
    while (next_kept != kept.end() && (*next_kept)->key < doomed[from]) ++next_kept;
    std::size_t to = from + 1;
    while (to < doomed.size() && (next_kept == kept.end() || doomed[to] < (*next_kept)->key)) ++to;
    const std::string end = doomed[to - 1] + '\0';
    for (const Column column : {Column::history, Column::history_index}) {
      if (const auto dropped = database_.drop_range(column, doomed[from], end); !dropped) {
        spdlog::warn("cannot drop old history, trying again in a minute: {}", dropped.error().what);
        const std::lock_guard lock{mutex_};
        for (const auto& block : drop) {
          if (block->key >= doomed[from]) catalogue_.put_back(block);
        }
        return;
      }
    }
    from = to;
  }
  if (const auto dropped = drop_names_before(database_, kept.empty() ? doomed.back() + '\0' : kept.front()->key);
      !dropped)
    spdlog::warn("names of old history stay for now: {}", dropped.error().what);
}

}  // namespace sinkfeed
