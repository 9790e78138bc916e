// /api/v1/history: the search of the query history.
#pragma once

#include <stop_token>

#include "config/result.hpp"
#include "feed/api.hpp"

namespace sinkfeed {

// Queries in "records", and "more" if there are more; or, with count=1, only how many there are in "count", and in
// "lost" how many of that time were not recorded. `stop`: nobody waits for the answer any more.
ApiAnswer api_history(const Store& store, const Parameters& parameters, const std::stop_token& stop);

// The filter that the parameters of `history` mean. The Problem names the parameter that is wrong.
Result<HistoryFilter> read_history_filter(const Parameters& parameters, WallTime now);

}  // namespace sinkfeed
