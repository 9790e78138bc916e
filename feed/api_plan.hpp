// What a feed would have cut: the names, and the clients that asked for them, which were told one of its addresses.
#pragma once

#include <stop_token>

#include "feed/api.hpp"

namespace sinkfeed {

// Parameters: profile; since (a time or an age; default 7d); shared=1: as if what is held as shared were published too.
ApiAnswer api_plan(const Store& store, const Parameters& parameters, const std::stop_token& stop);

}  // namespace sinkfeed
