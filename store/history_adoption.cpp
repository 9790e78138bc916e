// Takes the blocks of a store that had no chain of evidence yet into it, from its first start with one on: some at a
// time, between two drains of the rings, because each is read for its digest.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "store/history_block.hpp"
#include "store/history_writer.hpp"
#include "store/keys.hpp"

namespace sinkfeed {
namespace {

constexpr std::chrono::milliseconds kAtOnce{20};  // then the rings are drained again
constexpr std::size_t kMostAtOnce = 256;
constexpr std::chrono::seconds kRetry{5};

}  // namespace

Result<void> HistoryWriter::begin_adopting() {
  const auto begun = database_.get(Column::meta, keys::kAdopting);
  if (!begun) return begun.error();
  adopting_ = begun->has_value();
  if (!adopting_ && (chain_->length() || !catalogue_.size())) return {};
  if (!adopting_) {
    Database::Batch batch;
    batch.put(Column::meta, std::string(keys::kAdopting), "");
    const auto written = chain_->write(
        batch, {ChainLink::with_text(ChainLink::Kind::action, clock_.wall(),
                                     fmt::format(R"({{"action":"adopt","who":"sinkfeed","blocks":{},"rows":{}}})",
                                                 catalogue_.size(), catalogue_.rows()))});
    if (!written) return written.error();
    adopting_ = true;
  }
  for (const auto& block : catalogue_.within({}, {})) {
    if (block->links.empty()) unlinked_.push_back(block->key);
  }
  std::reverse(unlinked_.begin(), unlinked_.end());
  return {};
}

void HistoryWriter::go_on_adopting() {
  const auto begun = std::chrono::steady_clock::now();
  if (!adopting_ || begun < adopt_at_) return;
  const auto done = unlinked_.empty() ? finish_adopting() : adopt_some(begun + kAtOnce);
  if (done) return;
  adopt_at_ = begun + kRetry;
  spdlog::warn("blocks of history cannot be taken into the chain of evidence just now, it is tried again: {}",
               done.error().what);
}

Result<void> HistoryWriter::adopt_some(std::chrono::steady_clock::time_point until) {
  std::vector<std::shared_ptr<BlockInfo>> blocks;
  std::vector<ChainLink> links;
  std::size_t looked_at = 0;
  for (; looked_at < std::min(kMostAtOnce, unlinked_.size()); looked_at++) {
    if (looked_at && std::chrono::steady_clock::now() >= until) break;
    const auto block = catalogue_.at(unlinked_[unlinked_.size() - 1 - looked_at]);
    if (!block) continue;  // retention was quicker
    const auto value = database_.get(Column::history, block->key);
    if (!value) return value.error();
    const auto digests = *value ? block_digests(**value) : Result<std::vector<std::string>>(Problem{"it is missing"});
    // Of one that nobody can read any more, what it was: verify tells of it.
    links.push_back(link_of(*block, digests ? digests->front() : block->sha256));
    blocks.push_back(std::make_shared<BlockInfo>(*block));
  }
  Database::Batch batch;
  const auto written = chain_->write(batch, std::move(links), [&](std::uint64_t number, Database::Batch& more) {
    for (const auto& block : blocks) {
      block->links = {number++};
      more.put(Column::history_index, block->key, encode_index(*block));
    }
  });
  if (!written) return written.error();
  unlinked_.resize(unlinked_.size() - looked_at);
  const std::lock_guard lock{mutex_};
  for (auto& block : blocks) catalogue_.add(std::move(block));
  return {};
}

Result<void> HistoryWriter::finish_adopting() {
  Database::Batch batch;
  batch.remove(Column::meta, std::string(keys::kAdopting));
  const auto written = chain_->write(batch, {ChainLink::with_text(ChainLink::Kind::action, clock_.wall(),
                                                                  R"({"action":"adopted","who":"sinkfeed"})")});
  if (!written) return written.error();
  adopting_ = false;
  return {};
}

}  // namespace sinkfeed
