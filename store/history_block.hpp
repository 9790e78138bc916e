// A block of history: up to 64 Ki rows as columns, packed. history_layout.hpp says how; the first byte is the version.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.hpp"
#include "store/history_columns.hpp"
#include "store/history_layout.hpp"

namespace sinkfeed {

using history_layout::kBlockRows;

// `columns`: 1..kBlockRows rows, kept in the order in which they came. One part.
std::string encode_block(const HistoryColumns& columns);
// What can be searched for in a block by a filter (store/name_filter.hpp), some of it perhaps more than once.
struct BlockHashes {
  std::vector<std::uint64_t> hashes;
  std::size_t rows = 0;
  bool has_gaps = false;  // what was lost may have been anything
};
// The same, with what block_digests() and fingerprints_of() say of it.
struct EncodedBlock {
  std::string bytes, digest, fingerprints;
  BlockHashes hashes;
};
EncodedBlock encode_with_evidence(const HistoryColumns& columns);
// All rows, of all parts. Any bytes may come in: damage is a Problem, never a crash, and allocates no more than the
// format's limits allow. Blocks of versions 2 and 3 are read too.
Result<std::vector<QueryRecord>> decode_block(std::string_view block);

// What is in it that a search may look for, some of it perhaps more than once, and how many rows there are.
struct BlockWords {
  std::vector<std::string> names;    // wire format
  std::vector<std::string> answers;  // PackedAnswers
  std::size_t rows = 0;
  bool has_gaps = false;
};
Result<BlockWords> words_of_block(std::string_view block);

// What the chain of evidence commits to: a SHA-256 of each part, in order. It stays the same when a client is erased,
// and when blocks are merged. Of a block of version 2: of its bytes.
Result<std::vector<std::string>> block_digests(std::string_view block);
// Whether it is of the version that is written now.
bool is_current(std::string_view block);
// The same rows in one block that keeps the blocks' parts, in their order. Together at most kBlockRows rows; a Problem
// if one is damaged, of version 2, or of another version than the first.
Result<std::string> merge_blocks(const std::vector<std::string>& blocks);
// The block without the client's address: its rows stay, of nobody. Nothing if it is not in it.
Result<std::optional<std::string>> erase_client(std::string_view block, const IpAddress& client);

}  // namespace sinkfeed
