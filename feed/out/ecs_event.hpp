// A record of the history as JSON by the Elastic Common Schema 8.11: dns.*, client.*, event.*; what it has no field for
// is under "sinkfeed".
#pragma once

#include <string>

#include "store/history_record.hpp"

namespace sinkfeed {

// With the first `most_answers` at most; how many more there were is in "sinkfeed.answers_left_out". One line.
std::string ecs_event(const QueryRecord& record, std::size_t most_answers);

}  // namespace sinkfeed
