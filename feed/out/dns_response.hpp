// The answer that a client got, made again from its record, in wire format (RFC 1035 4.1).
//
// It is what the history knows of it: the message's ID and TTLs are 0, the authority section and what else stood in the
// additional section are not in it. An answer whose data the history cut (255 bytes) is left out.
#pragma once

#include <string>

#include "store/history_record.hpp"

namespace sinkfeed {

std::string dns_response(const QueryRecord& record);

}  // namespace sinkfeed
