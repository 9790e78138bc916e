// Puts blocks of quiet times together: a block is a minute old at most when it is written, and one of a few queries
// takes several times the bytes a query. Between two drains of the rings; searches that have seen the small ones read
// on in them, so their bytes are deleted only when none does any more.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/history_block.hpp"
#include "store/history_writer.hpp"
#include "store/keys.hpp"
#include "store/records.pb.h"
#include "store/sha256.hpp"

namespace sinkfeed {
namespace {

// An hour of the smallest; or as many as fill a block, if that is worth the work.
constexpr std::size_t kEnough = 60, kFewest = 8;
constexpr std::chrono::seconds kRetry{5};

}  // namespace

void HistoryWriter::go_on_merging() {
  const auto now = std::chrono::steady_clock::now();
  if (failing_ || now < merge_at_) return;
  auto done = delete_replaced();
  if (done && !adopting_ && merged_of_ != names_.unfiltered().size()) {
    {
      const std::lock_guard lock{mutex_};
      if (erasure_) return;  // it goes from block to block
    }
    const auto blocks = mergeable();
    merged_of_ = blocks.empty() ? names_.unfiltered().size() : 0;
    if (!blocks.empty()) done = merge(blocks);
  }
  if (done) return;
  merge_at_ = now + kRetry;
  spdlog::warn("small blocks of history stay as they are for now: {}", done.error().what);
}

// Neighbours by the number of their records, together no larger than a block may be, whose names are in no filter yet:
// filters name blocks by their keys.
std::vector<std::shared_ptr<const BlockInfo>> HistoryWriter::mergeable() const {
  std::vector<std::shared_ptr<const BlockInfo>> run;
  std::size_t rows = 0;
  for (const std::string& key : names_.unfiltered()) {
    auto block = catalogue_.at(key);
    const bool is_small = block && block->rows <= kBlockRows / 2 && !unmergeable_.contains(key);
    const bool follows =
        is_small && (run.empty() || run.back()->first_record + run.back()->rows == block->first_record);
    if (!follows || rows + block->rows > kBlockRows) {
      if (run.size() >= kFewest) return run;
      run.clear();
      rows = 0;
    }
    if (!is_small) continue;
    rows += block->rows;
    run.push_back(std::move(block));
  }
  return run.size() >= kEnough ? run : std::vector<std::shared_ptr<const BlockInfo>>();
}

Result<void> HistoryWriter::merge(const std::vector<std::shared_ptr<const BlockInfo>>& blocks) {
  std::vector<std::string> values;
  auto info = std::make_shared<BlockInfo>(*blocks.front());
  info->rows = 0;
  info->links.clear();
  for (const auto& block : blocks) {
    auto value = database_.get(Column::history, block->key);
    if (!value) return value.error();
    // One that is damaged stays as it is, for verify to name.
    if (!*value || sha256_of(**value) != block->sha256) return unmergeable_.insert(block->key), Result<void>();
    // Nor does one of a release before.
    if (!is_current(**value)) return unmergeable_.insert(block->key), Result<void>();
    values.push_back(std::move(**value));
    info->first = std::min(info->first, block->first);
    info->last = std::max(info->last, block->last);
    info->rows += block->rows;
    info->links.insert(info->links.end(), block->links.begin(), block->links.end());
  }
  auto merged = merge_blocks(values);
  if (!merged) {
    for (const auto& block : blocks) unmergeable_.insert(block->key);
    return {};
  }
  info->key = catalogue_.free_key(info->first);
  info->bytes = static_cast<std::uint32_t>(merged->size());
  info->sha256 = sha256_of(*merged);
  Database::Batch batch;
  records::ReplacedHistory replaced;
  for (const auto& block : replaced_) replaced.add_key(block->key);
  for (const auto& block : blocks) {
    batch.remove(Column::history_index, block->key);
    replaced.add_key(block->key);
  }
  batch.put(Column::history, info->key, std::move(*merged));
  batch.put(Column::history_index, info->key, encode_index(*info));
  batch.put(Column::meta, std::string(keys::kReplaced), replaced.SerializeAsString());
  if (auto written = database_.write(batch); !written) return written;
  names_.replace(blocks.front()->key, blocks.size(), info->key);
  replaced_.insert(replaced_.end(), blocks.begin(), blocks.end());
  const std::lock_guard lock{mutex_};
  for (const auto& block : blocks) catalogue_.replace(block->key);
  catalogue_.add(std::move(info));
  return {};
}

// Whoever may still read a block has its BlockInfo.
Result<void> HistoryWriter::delete_replaced() {
  if (replaced_.empty() ||
      std::any_of(replaced_.begin(), replaced_.end(), [](const auto& b) { return b.use_count() > 1; }))
    return {};
  Database::Batch batch;
  for (const auto& block : replaced_) batch.remove(Column::history, block->key);
  batch.remove(Column::meta, std::string(keys::kReplaced));
  if (auto written = database_.write(batch); !written) return written;
  const std::lock_guard lock{mutex_};
  for (const auto& block : replaced_) catalogue_.free(block->key);
  replaced_.clear();
  return {};
}

// What a stop or a kill has left.
Result<void> HistoryWriter::load_replaced() {
  const auto value = database_.get(Column::meta, keys::kReplaced);
  if (!value) return value.error();
  records::ReplacedHistory replaced;
  if (!*value || !replaced.ParseFromString(**value)) return {};
  Database::Batch batch;
  for (const std::string& key : replaced.key()) {
    if (!catalogue_.has(key)) batch.remove(Column::history, key);
  }
  batch.remove(Column::meta, std::string(keys::kReplaced));
  return database_.write(batch);
}

}  // namespace sinkfeed
