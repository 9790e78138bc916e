// The store's types as JSON values, as the API and the .json feed show them. Times are RFC 3339,
// addresses and names text; what has a name in the program (a state, a verdict, an RCODE) is that name.
#pragma once

#include <boost/json/value.hpp>
#include <vector>

#include "feed/format.hpp"
#include "store/history_record.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

// A name that needs an address, with "never_why" if it must never be blocked.
boost::json::object need_value(const Need& need);
boost::json::object action_value(const LedgerAction& action);
// An entry of the ledger, with its state, its reason and all its evidence.
boost::json::object entry_value(const LedgerEntry& entry);
// Extension, media type, products, how they subscribe.
boost::json::object format_value(const FormatFacts& facts);
// "kind" is query or gap: a gap has only its time and how many queries were lost. "ede" and "upstream" are left out if
// there were none.
boost::json::object record_value(const QueryRecord& record);

}  // namespace sinkfeed
