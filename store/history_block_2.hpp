// Blocks of history as the release before wrote them, for reading.
#pragma once

#include <string_view>
#include <vector>

#include "config/result.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

inline constexpr char kHistoryVersion2 = 2;

// Any bytes may come in: damage is a Problem, never a crash.
Result<std::vector<QueryRecord>> decode_block_2(std::string_view block);

}  // namespace sinkfeed
