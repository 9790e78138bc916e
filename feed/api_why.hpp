// /api/v1/why: everything known about an address or a name, as a server or as a client.
#pragma once

#include <stop_token>

#include "feed/api.hpp"

namespace sinkfeed {

// The history is searched for ten seconds at most; what the answer holds of it is then "unfinished". If some of it
// could not be read, there is "damage". Both are sentences, and with either the counts are at least that many. `stop`:
// nobody waits for the answer any more.
ApiAnswer api_why(const Store& store, const Parameters& parameters, const std::stop_token& stop);

}  // namespace sinkfeed
