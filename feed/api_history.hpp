// /api/v1/history: the search of the query history.
#pragma once

#include <stop_token>

#include "config/result.hpp"
#include "feed/api.hpp"

namespace sinkfeed {

// Queries in "records", and "more" if there may be more: "next" is the cursor to go on with. A search that takes long
// ends with what it has found so far, and with the time that it has "reached". Or, with count=1, only how many there
// are in "count", and in "lost" how many of that time were not recorded. `stop`: nobody waits for the answer any more.
ApiAnswer api_history(const Store& store, const Parameters& parameters, const std::stop_token& stop);

// Counted by "by" (client, name, type, verdict, rcode or time, in pieces of "width"): the largest "groups", and how
// many there are.
ApiAnswer api_history_top(const Store& store, const Parameters& parameters, const std::stop_token& stop);

// The filter that the parameters of `history` mean. The Problem names the parameter that is wrong, or that there is
// none of that name: `others` are those of the call that are no conditions. An auditor who mistypes one must not be
// shown what it does not hold for.
Result<HistoryFilter> read_history_filter(const Parameters& parameters, WallTime now,
                                          std::initializer_list<std::string_view> others);

}  // namespace sinkfeed
