// /api/v1/history: the search of the query history.
#pragma once

#include "config/result.hpp"
#include "feed/api.hpp"

namespace sinkfeed {

ApiAnswer api_history(const Store& store, const Parameters& parameters);

// The filter that the parameters of `history` mean. The Problem names the parameter that is wrong.
Result<HistoryFilter> read_history_filter(const Parameters& parameters, WallTime now);

}  // namespace sinkfeed
