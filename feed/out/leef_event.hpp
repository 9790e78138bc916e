// A record of the history in QRadar's Log Event Extended Format 2.0, with tabs between the values.
#pragma once

#include <string>

#include "store/history_record.hpp"

namespace sinkfeed {

// With the first `most_answers` at most. One line: the format knows no escapes, so tabs and ends of lines in a value
// become spaces.
std::string leef_event(const QueryRecord& record, std::size_t most_answers);

}  // namespace sinkfeed
