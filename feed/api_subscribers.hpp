// The API's calls about who fetches the feeds.
#pragma once

#include "feed/actions.hpp"

namespace sinkfeed {

ApiAnswer api_subscribers(const Store& store, const Parameters& parameters);
// How many there are, how many are behind, how many are late.
boost::json::object subscriber_totals(const Store& store);
// Body: "address"; "feed" if only one of its files is meant.
ApiAnswer forget_subscriber(const ActionCall& call);

}  // namespace sinkfeed
