// A record of the history as a dnstap message of type CLIENT_RESPONSE, with the answer made again from the record
// (dns_response.hpp); "extra" says in JSON what dnstap has no field for: verdict, rule, origin.
#pragma once

#include <string>
#include <string_view>

#include "store/history_record.hpp"

namespace sinkfeed {

// What a Frame Stream of such messages calls itself.
inline constexpr std::string_view kDnstapContent = "protobuf:dnstap.Dnstap";

// One frame's bytes; empty for a gap, which dnstap cannot say.
std::string dnstap_event(const QueryRecord& record);

}  // namespace sinkfeed
