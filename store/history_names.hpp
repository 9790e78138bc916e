// By which a search for a name, or for an address that was answered, finds the blocks that may have it: a filter for
// each million records, in the store. That is a quarter of a byte a record on disk, and nothing in memory. Each is in
// kShards pieces, by the first bits of what it has; pieces of the same bits stand side by side, so that a search reads
// a sixty-fourth of all filters in one go. Clients are in none of them: they can be erased from the history, and from a
// filter nothing can.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "config/result.hpp"
#include "store/database.hpp"
#include "store/history_block.hpp"

namespace sinkfeed {

// The writer's side: one thread.
class HistoryNames {
 public:
  HistoryNames() { forget(); }

  // So many rows, or blocks of quiet times, have a filter together.
  static constexpr std::size_t kRows = 1 << 20, kBlocks = 1024;
  // Whoever asks for names that nobody else asks for makes more of it than that: then a filter is of fewer rows.
  static constexpr std::size_t kHashes = 1 << 21;

  // A block that is about to be written: what can be searched for in it (store/name_filter.hpp; some of it perhaps more
  // than once) is noted, and once there is enough, `batch` gets the filter.
  void add(const std::string& key, const BlockHashes& block, Database::Batch& batch);
  // One that was written before this program started. A Problem if it cannot be read.
  Result<void> add(const std::string& key, const std::string& block, Database::Batch& batch);

  // Blocks that are in no filter yet, in the order in which they came.
  const std::vector<std::string>& unfiltered() const { return keys_; }
  // `count` of them, from `first` on, have become one.
  void replace(const std::string& first, std::size_t count, const std::string& by);

 private:
  void forget();

  std::vector<std::string> keys_;
  std::vector<std::uint64_t> hashes_;
  // Of hashes_, the one of each place that came last: most are noted again and again, and sorting them out at the end
  // took a tenth of the writer's time.
  std::vector<std::uint64_t> lately_;
  std::size_t rows_ = 0;
  bool has_gaps_ = false;
};

// Keys of blocks. Any thread.
using BlockKeys = std::unordered_set<std::string>;
// That have a filter.
Result<BlockKeys> blocks_with_names(const Database& database);
// That have one, and cannot have all of this (store/name_filter.hpp).
Result<BlockKeys> blocks_without(const Database& database, const std::vector<std::uint64_t>& hashes);
// One filter, and the blocks that it is of.
struct NamesEntry {
  std::string key;  // in history_names
  std::vector<std::string> blocks;
  bool has_gaps = false;
  std::vector<std::string> pieces;  // kShards of store/name_filter.hpp; empty if not there
  // False: a search is told that none of the blocks has it.
  bool may_hold(std::uint64_t hash) const;
};
// The first one whose key is after `key`; nothing: there is none.
Result<std::optional<NamesEntry>> next_names(const Database& database, std::string_view key);
// Filters none of whose blocks is there any more: retention has taken them.
Result<void> drop_names_of_no_block(Database& database, const std::function<bool(const std::string& key)>& is_there);
// Those of releases that had other filters; their blocks get new ones.
Result<void> drop_former_names(Database& database);

}  // namespace sinkfeed
