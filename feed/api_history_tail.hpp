// /api/v1/history/tail: what comes to the history, in the order in which it comes.
#pragma once

#include "feed/api.hpp"

namespace sinkfeed {

// Up to a thousand of the "records" after the one numbered "after" that match, the "position" to go on from, whether it
// is "behind" already, and how many of those between were "missed" because they are gone. Without "after": the last few
// that there are.
ApiAnswer api_history_tail(const Store& store, const Parameters& parameters);

}  // namespace sinkfeed
