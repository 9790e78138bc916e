// The part of history_verify that knows blocks: whether each is what its links in the chain say.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "store/chain_link.hpp"
#include "store/database.hpp"
#include "store/history_catalogue.hpp"
#include "store/history_names.hpp"
#include "store/link_ranges.hpp"

namespace sinkfeed {

// Each call returns what is wrong, one sentence; empty: nothing.
class VerifyBlocks {
 public:
  explicit VerifyBlocks(const Database& database) : database_(database) {}

  // Reads the index, and which blocks were dropped. Before all others.
  std::string load();
  // The block of this link: it is there and as it was, or a later link says that it was dropped.
  std::string look_at(const ChainLink& link);
  // The first entry of the index that has no links, or links that are no block's.
  std::string unlinked() const;
  // Whether this block of history is in no index.
  std::string stray(std::string_view key) const;
  // A name or answer in one of the blocks that the filter says is in none of them: a search would not find it.
  std::string hidden(const NamesEntry& entry, std::optional<WallTime> since, std::optional<WallTime> until) const;
  // How many of the blocks have a key before this one, 0 to 1.
  double share_before(std::string_view key) const;

 private:
  struct Entry {
    BlockInfo block;
    std::string value;  // as it is in the index
  };
  bool is_dropped(std::uint64_t link) const;
  std::string look_once(const ChainLink& link);
  std::string compare(const Entry& entry);
  // That a part is another block's, whose digest it has; empty if it is nobody's.
  std::string exchanged(const Entry& entry, const ChainLink& link, std::string_view digest) const;
  // Which query of the part it is, for the end of the sentence; empty if that cannot be told.
  static std::string changed_row(std::string_view value, std::size_t part, const ChainLink& link);

  const Database& database_;
  std::map<std::string, Entry> index_;  // by key
  std::map<std::uint64_t, const Entry*> by_link_;
  std::map<std::uint64_t, std::uint64_t> dropped_;  // ranges of links, by their first
  std::set<std::string> good_;                      // keys of blocks that were compared
};

}  // namespace sinkfeed
