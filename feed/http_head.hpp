// The head of an answer as it goes over the wire (RFC 9112 4 and 5). By hand, because a firewall that polls gets
// nothing else, thousands of times a second.
#pragma once

#include <string>

#include "feed/http_message.hpp"

namespace sinkfeed {

// Status line, Server, Date, the answer's own headers, and what says how its body ends. `version`: 10 or 11.
std::string http_head(const HttpAnswer& answer, unsigned version, bool keep_alive);

}  // namespace sinkfeed
