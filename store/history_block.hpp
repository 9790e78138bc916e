// A block of history: up to 64 Ki rows as columns (subjects, delta times, varints), then zstd. The
// format's first byte is its version.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/result.hpp"
#include "store/history_columns.hpp"

namespace sinkfeed {

inline constexpr std::size_t kBlockRows = 65536;

// `columns`: 1..kBlockRows rows, kept in the order in which they came.
std::string encode_block(const HistoryColumns& columns);
// Any bytes may come in: damage is a Problem, never a crash, and allocates no more than the format's limits allow.
Result<std::vector<QueryRecord>> decode_block(std::string_view block);

}  // namespace sinkfeed
