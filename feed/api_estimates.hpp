// The API's call about how much is unseen, and what `status` shows of it. Any thread.
#pragma once

#include "feed/api.hpp"

namespace sinkfeed {

// profile. Every target with what was seen of it and what is estimated, most unseen first.
ApiAnswer api_estimates(const Store& store, const Parameters& parameters);

// seen, estimated, low, high, answers, complete.
boost::json::object pool_value(const PoolEstimate& pool);
// The few targets of which most is unseen; none of which nothing is.
boost::json::array least_seen(const Store& store);

}  // namespace sinkfeed
