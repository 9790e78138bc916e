// Evidence as a JSON value: items with name and target ("" if it was known from the start), vantage, first and last
// time, count.
#pragma once

#include <boost/json/array.hpp>
#include <vector>

#include "store/ledger_entry.hpp"

namespace sinkfeed {

boost::json::array evidence_value(const std::vector<Evidence>& evidence);

}  // namespace sinkfeed
