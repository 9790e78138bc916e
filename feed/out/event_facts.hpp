// What several formats of the history say of a record in the same way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/history_record.hpp"

namespace sinkfeed {

// The first `most` answers with `between` between them.
std::string answers_text(const QueryRecord& record, std::size_t most, std::string_view between);
// How many there are beyond them.
std::size_t answers_beyond(const QueryRecord& record, std::size_t most);

// 16 hex digits of what makes the query: the same if it is delivered twice.
std::string event_id(const QueryRecord& record);
// "dns-sinkhole", "dns-pass", "records-lost": what kind of event it is.
std::string event_name(const QueryRecord& record);
// A sentence for a person.
std::string event_sentence(const QueryRecord& record);
// 0 (nothing) to 10, as CEF and LEEF count.
int event_severity(const QueryRecord& record);
std::int64_t milliseconds_of(WallTime time);  // since 1970

}  // namespace sinkfeed
