// The blocks of history that are in the store, in memory.
#include "store/history_catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "store/keys.hpp"
#include "store/records.pb.h"

namespace sinkfeed {
namespace {

// Blocks of a store that had no numbers yet get those before the numbered ones, in order of their keys, so that they
// keep them whatever becomes of the oldest. `next`: what the store says comes next; 0 if it never said.
void number_records(std::vector<std::shared_ptr<BlockInfo>>& blocks, std::uint64_t next) {
  std::uint64_t before = next, rows = 0;
  for (const auto& block : blocks) {
    rows += block->rows;
    if (block->first_record && (!before || block->first_record < before)) before = block->first_record;
  }
  if (!before) before = rows + 1;
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    if ((*block)->first_record) continue;
    before -= (*block)->rows;
    (*block)->first_record = before;
  }
}

WallTime from_us(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }

}  // namespace

std::string encode_index(const BlockInfo& block) {
  records::HistoryIndex index;
  index.set_first_us(block.first.time_since_epoch().count());
  index.set_last_us(block.last.time_since_epoch().count());
  index.set_rows(block.rows);
  index.set_bytes(block.bytes);
  index.set_sha256(block.sha256);
  index.set_first_record(block.first_record);
  index.mutable_link()->Add(block.links.begin(), block.links.end());
  return index.SerializeAsString();
}

std::optional<BlockInfo> decode_index(std::string_view key, std::string_view value) {
  records::HistoryIndex index;
  if (key.size() != 12 || !index.ParseFromArray(value.data(), static_cast<int>(value.size()))) return std::nullopt;
  return BlockInfo{std::string{key},
                   from_us(index.first_us()),
                   from_us(index.last_us()),
                   index.rows(),
                   index.bytes(),
                   index.sha256(),
                   index.first_record(),
                   {index.link().begin(), index.link().end()}};
}

Result<BlockCatalogue> BlockCatalogue::load(const Database& database) {
  BlockCatalogue catalogue;
  std::string damaged;
  std::vector<std::shared_ptr<BlockInfo>> blocks;
  const auto read = database.scan(Column::history_index, "", "", [&](std::string_view key, std::string_view value) {
    auto block = decode_index(key, value);
    if (!block) {
      damaged = key;
      return false;
    }
    blocks.push_back(std::make_shared<BlockInfo>(std::move(*block)));
    return true;
  });
  if (!read) return read.error();
  if (!damaged.empty()) {
    std::string hex;
    for (const char c : damaged) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return Problem{fmt::format("the history's index is damaged at key {}: restore the store from a backup", hex)};
  }
  const auto next = database.get(Column::meta, keys::kNextRecord);
  if (!next) return next.error();
  number_records(blocks, *next && (*next)->size() == 8 ? keys::read_u64(**next) : 0);
  for (auto& block : blocks) catalogue.add(std::move(block));
  if (*next && (*next)->size() == 8) catalogue.next_record_ = keys::read_u64(**next);
  for (const auto& [first, block] : catalogue.by_record_)
    catalogue.next_record_ = std::max(catalogue.next_record_, first + block->rows);
  return catalogue;
}

void BlockCatalogue::add(std::shared_ptr<const BlockInfo> block) {
  remove(block->key);
  next_record_ = std::max(next_record_, block->first_record + block->rows);
  rows_ += block->rows;
  bytes_ += block->bytes;
  by_record_[block->first_record] = block;
  blocks_[block->key] = std::move(block);
}

void BlockCatalogue::remove(const std::string& key) {
  const auto found = blocks_.find(key);
  if (found == blocks_.end()) return;
  rows_ -= found->second->rows;
  bytes_ -= found->second->bytes;
  by_record_.erase(found->second->first_record);
  blocks_.erase(found);
}

void BlockCatalogue::replace(const std::string& key) {
  remove(key);
  replaced_.insert(key);
}

std::shared_ptr<const BlockInfo> BlockCatalogue::at(const std::string& key) const {
  const auto found = blocks_.find(key);
  return found == blocks_.end() ? nullptr : found->second;
}

std::string BlockCatalogue::free_key(WallTime first) const {
  const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(0, first.time_since_epoch().count()));
  std::string key = keys::history(us, 0);
  for (std::uint32_t sequence = 1; has(key) || replaced_.contains(key); ++sequence) key = keys::history(us, sequence);
  return key;
}

std::vector<std::shared_ptr<const BlockInfo>> BlockCatalogue::within(std::optional<WallTime> since,
                                                                     std::optional<WallTime> until) const {
  std::vector<std::shared_ptr<const BlockInfo>> found;
  for (const auto& [key, block] : blocks_) {
    if ((!since || block->last >= *since) && (!until || block->first < *until)) found.push_back(block);
  }
  return found;
}

std::shared_ptr<const BlockInfo> BlockCatalogue::at_or_after(std::uint64_t record) const {
  auto found = by_record_.upper_bound(record);
  if (found != by_record_.begin() && record < std::prev(found)->first + std::prev(found)->second->rows) --found;
  return found == by_record_.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<const BlockInfo>> BlockCatalogue::expired(
    WallTime oldest, std::uint64_t most_bytes, const std::function<bool(const BlockInfo&)>& is_held) const {
  std::vector<std::shared_ptr<const BlockInfo>> drop;
  std::uint64_t kept = bytes_;
  for (const auto& [key, block] : blocks_) {
    if (block->last < oldest && !is_held(*block)) {
      drop.push_back(block);
      kept -= block->bytes;
    }
  }
  for (auto block = blocks_.begin(); kept > most_bytes && block != blocks_.end(); ++block) {
    if (block->second->last < oldest || is_held(*block->second)) continue;
    drop.push_back(block->second);
    kept -= block->second->bytes;
  }
  return drop;
}

std::shared_ptr<const BlockInfo> BlockCatalogue::next(const std::string& key) const {
  const auto found = blocks_.lower_bound(key);
  return found == blocks_.end() ? nullptr : found->second;
}

std::optional<WallTime> BlockCatalogue::oldest() const {
  if (blocks_.empty()) return std::nullopt;
  return blocks_.begin()->second->first;
}

std::optional<WallTime> BlockCatalogue::newest() const {
  std::optional<WallTime> newest;
  for (const auto& [key, block] : blocks_) newest = newest ? std::max(*newest, block->last) : block->last;
  return newest;
}

}  // namespace sinkfeed
