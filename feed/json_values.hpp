// The store's types as JSON values, as the API and the .json feed show them.
#pragma once

#include <boost/json/value.hpp>
#include <vector>

#include "store/history_record.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

boost::json::array evidence_value(const std::vector<Evidence>& evidence);
boost::json::object entry_value(const LedgerEntry& entry);
boost::json::object record_value(const QueryRecord& record);

}  // namespace sinkfeed
