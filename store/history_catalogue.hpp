// The blocks of history that are in the store, as the history_index column tells of them, kept in memory for search,
// totals and retention. Not thread-safe: its owner has the lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/clock.hpp"
#include "config/result.hpp"
#include "store/database.hpp"

namespace sinkfeed {

// A flag that any thread may set. A copy has its own, not set yet.
class SetOnce {
 public:
  SetOnce() = default;
  SetOnce(const SetOnce&) {}
  SetOnce& operator=(const SetOnce&) { return value_.store(false, std::memory_order_relaxed), *this; }
  void set() const { value_.store(true, std::memory_order_relaxed); }
  bool is_set() const { return value_.load(std::memory_order_relaxed); }

 private:
  mutable std::atomic<bool> value_{false};
};

struct BlockInfo {
  std::string key;  // keys::history
  WallTime first, last;
  std::uint32_t rows = 0;
  std::uint32_t bytes = 0;
  std::string sha256;
  // Number of its first record; those after it have the next ones. So only neighbours by number can become one block.
  std::uint64_t first_record = 0;
  std::vector<std::uint64_t> links;  // in the chain, one for each of block_digests()
  SetOnce is_checked{};              // the bytes have had that SHA-256 since the start; then their checksum is enough
};

// The value of history_index that says the same; and back, nothing if it is damaged.
std::string encode_index(const BlockInfo& block);
std::optional<BlockInfo> decode_index(std::string_view key, std::string_view value);

class BlockCatalogue {
 public:
  // Reads the whole index. An entry that cannot be read is a Problem: its block would silently be missing from
  // searches.
  static Result<BlockCatalogue> load(const Database& database);

  // A block that is new, or that says something else than before.
  void add(std::shared_ptr<const BlockInfo> block);
  void remove(const std::string& key);
  // As remove(), but its key stays taken until free().
  void replace(const std::string& key);
  void free(const std::string& key) { replaced_.erase(key); }
  // Null: there is none.
  std::shared_ptr<const BlockInfo> at(const std::string& key) const;
  bool has(const std::string& key) const { return blocks_.contains(key); }
  // A key that no block has yet: the time, and the next free sequence.
  std::string free_key(WallTime first) const;

  // Blocks with a record that could be in [since, until), ascending by key.
  std::vector<std::shared_ptr<const BlockInfo>> within(std::optional<WallTime> since,
                                                       std::optional<WallTime> until) const;
  // The block that holds the record of this number or, if there is none any more, the first after it; null: there is
  // no block with a record of that or a higher number.
  std::shared_ptr<const BlockInfo> at_or_after(std::uint64_t record) const;
  // The number of the record that is written next: no record ever had it, in blocks that are gone neither.
  std::uint64_t next_record() const { return next_record_; }
  // Blocks to drop now: all that end before `oldest`, then from the oldest on until the rest has at most `most_bytes`;
  // but none that `is_held`.
  std::vector<std::shared_ptr<const BlockInfo>> expired(WallTime oldest, std::uint64_t most_bytes,
                                                        const std::function<bool(const BlockInfo&)>& is_held) const;

  std::size_t size() const { return blocks_.size(); }
  std::uint64_t rows() const { return rows_; }
  std::uint64_t bytes() const { return bytes_; }
  // The first block whose key is not before this one; null if there is none.
  std::shared_ptr<const BlockInfo> next(const std::string& key) const;
  std::optional<WallTime> oldest() const;
  std::optional<WallTime> newest() const;

 private:
  std::map<std::string, std::shared_ptr<const BlockInfo>> blocks_;
  std::map<std::uint64_t, std::shared_ptr<const BlockInfo>> by_record_;  // the same, by the number of the first
  std::set<std::string> replaced_;
  std::uint64_t next_record_ = 1;
  std::uint64_t rows_ = 0, bytes_ = 0;
};

}  // namespace sinkfeed
