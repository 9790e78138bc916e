// A record of the history in ArcSight's Common Event Format (CEF:0).
#pragma once

#include <string>

#include "store/history_record.hpp"

namespace sinkfeed {

// With the first `most_answers` at most. One line: in the header | and \ are escaped, in values = and \, and what ends
// a line is written \n and \r.
std::string cef_event(const QueryRecord& record, std::size_t most_answers);

}  // namespace sinkfeed
