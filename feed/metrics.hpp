// /metrics: the counters and the estimates of each profile, in the text format of Prometheus. Nothing in it says which
// names are asked for, or by whom.
#pragma once

#include <string>

#include "store/store.hpp"

namespace sinkfeed {

// Any thread; what is in memory.
std::string metrics_text(const Store& store);

}  // namespace sinkfeed
