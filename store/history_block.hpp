// A block of history: up to 64 Ki records as columns (dictionaries for names, clients, rules and answers; delta times;
// varints), then zstd. The format's first byte is its version.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

inline constexpr std::size_t kBlockRows = 65536;

// `records`: 1..kBlockRows, in the order in which they are to be kept. Of a rule 255 bytes are kept, of answers 4096.
std::string encode_block(std::span<const QueryRecord> records);
std::string encode_block(std::span<const QueryRecord* const> records);
// Any bytes may come in: damage is a Problem, never a crash, and allocates no more than the format's limits allow.
Result<std::vector<QueryRecord>> decode_block(std::string_view block);

}  // namespace sinkfeed
