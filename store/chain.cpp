#include "store/chain.hpp"

#include <algorithm>
#include <utility>

#include "store/keys.hpp"
#include "store/merkle.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {
namespace {

constexpr std::size_t kTailBytes = 40;
constexpr std::size_t kMostWaiting = 1000;  // notes, while nothing can be written

}  // namespace

Result<std::unique_ptr<Chain>> Chain::open(Database& database, const Clock& clock) {
  std::unique_ptr<Chain> chain{new Chain{database, clock}};
  if (auto loaded = chain->load(); !loaded) return loaded.error();
  return chain;
}

Result<void> Chain::load() {
  const auto tail = database_.get(Column::meta, keys::kChain);
  if (!tail) return tail.error();
  const std::string checkpoints{keys::kCheckpoint};
  auto read = database_.scan(
      Column::meta, checkpoints, keys::after(checkpoints),
      [&](std::string_view key, std::string_view line) {
        if (key.size() == checkpoints.size() + 8) checked_to_ = keys::read_u64(key.substr(checkpoints.size()));
        if (const auto last = Checkpoint::parse(line)) checkpointed_us_ = last->time.time_since_epoch().count();
        return false;
      },
      true);
  if (!read) return read;
  const auto add = [&](std::string_view key, std::string_view value) {
    const auto link = ChainLink::decode(value);
    if (key.size() == 8) last_ = keys::read_u64(key);
    last_hash_ = link ? link->hash() : sha256_of(value);
    return link;
  };
  read = database_.scan(Column::chain, keys::chain(checked_to_ + 1), "",
                        [&](std::string_view key, std::string_view value) {
                          const auto link = add(key, value);
                          leaves_.push_back(merkle_leaf(last_hash_));
                          if (link && link->kind == ChainLink::Kind::block) blocks_++, rows_ += link->rows;
                          return true;
                        });
  if (!read) return read;
  // Links that are not where the store says that they were are missing for good: the next one comes after them, so that
  // nobody can make anew what somebody has taken out.
  if (*tail && (*tail)->size() == kTailBytes && keys::read_u64(**tail) >= last_) {
    last_ = keys::read_u64(**tail);
    last_hash_ = (*tail)->substr(8);
  }
  return {};
}

Result<std::uint64_t> Chain::write(Database::Batch& batch, std::vector<ChainLink> links, const Numbered& numbered) {
  const std::lock_guard lock{mutex_};
  return write_locked(batch, std::move(links), numbered);
}

Result<std::uint64_t> Chain::write(ChainLink::Kind kind, std::string text) {
  Database::Batch batch;
  return write(batch, {ChainLink::with_text(kind, clock_.wall(), std::move(text))});
}

void Chain::note(ChainLink::Kind kind, std::string text) {
  const std::lock_guard lock{mutex_};
  if (waiting_.size() < kMostWaiting) waiting_.push_back(ChainLink::with_text(kind, clock_.wall(), std::move(text)));
  Database::Batch batch;
  static_cast<void>(write_locked(batch, {}, {}));
}

Result<std::uint64_t> Chain::write_locked(Database::Batch& batch, std::vector<ChainLink> links,
                                          const Numbered& numbered) {
  const std::size_t given = batch.size();
  const std::uint64_t first = last_ + 1 + waiting_.size();
  links.insert(links.begin(), waiting_.begin(), waiting_.end());
  std::uint64_t number = last_;
  std::string hash = last_hash_;
  std::vector<std::string> leaves;
  leaves.reserve(links.size());
  for (ChainLink& link : links) {
    link.number = ++number;
    link.previous = std::move(hash);
    hash = link.hash();
    leaves.push_back(merkle_leaf(hash));
    batch.put(Column::chain, keys::chain(number), link.encode());
  }
  if (number > last_) {
    std::string tail;
    keys::append_u64(tail, number);
    batch.put(Column::meta, std::string(keys::kChain), tail + hash);
  }
  if (numbered) numbered(first, batch);
  if (const auto written = database_.write(batch); !written) {
    batch.cut(given);
    return written.error();
  }
  last_ = number;
  last_hash_ = std::move(hash);
  std::move(leaves.begin(), leaves.end(), std::back_inserter(leaves_));
  for (const ChainLink& link : links) {
    if (link.kind == ChainLink::Kind::block) blocks_++, rows_ += link.rows;
  }
  waiting_.clear();
  return first;
}

Result<Checkpoint> Chain::checkpoint(const NodeKey& key) {
  const std::lock_guard lock{mutex_};
  if (!waiting_.empty()) {
    Database::Batch batch;
    if (const auto written = write_locked(batch, {}, {}); !written) return written.error();
  }
  if (last_ == 0) return Problem{"there is nothing in the chain of evidence yet"};
  Checkpoint checkpoint;
  checkpoint.time = clock_.wall();
  checkpoint.from = checked_to_ + 1;
  checkpoint.to = last_;
  checkpoint.blocks = blocks_;
  checkpoint.rows = rows_;
  checkpoint.hash = last_hash_;
  checkpoint.root = merkle_root(leaves_);
  checkpoint.sign(key);
  if (checkpoint.line.empty()) return Problem{"the checkpoint cannot be signed with the node's key"};
  ChainLink link;
  link.kind = ChainLink::Kind::checkpoint;
  link.time = checkpoint.time;
  link.digest = sha256_of(checkpoint.line);
  Database::Batch batch;
  batch.put(Column::meta, keys::checkpoint(checkpoint.to), checkpoint.line);
  if (const auto written = write_locked(batch, {std::move(link)}, {}); !written) return written.error();
  checked_to_ = checkpoint.to;
  checkpointed_us_ = checkpoint.time.time_since_epoch().count();
  leaves_.erase(leaves_.begin(), leaves_.end() - 1);
  blocks_ = rows_ = 0;
  return checkpoint;
}

std::optional<WallTime> Chain::checkpointed() const {
  const std::int64_t time = checkpointed_us_;
  return time == kNever ? std::nullopt : std::optional(WallTime(std::chrono::microseconds(time)));
}

std::uint64_t Chain::length() const {
  const std::lock_guard lock{mutex_};
  return last_;
}

}  // namespace sinkfeed
