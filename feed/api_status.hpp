// What the daemon does and how it is: status, whoami's answer, the upstream servers, what happened over time.
#pragma once

#include <boost/json/object.hpp>
#include <vector>

#include "feed/api.hpp"

namespace sinkfeed {

ApiAnswer api_status(const Store& store, const Parameters& parameters);
ApiAnswer api_upstreams(const Store& store, const Parameters& parameters);
// since (a time or an age; 24h), until, points (1 to 1000, 240): the store's timeline, in at most so many steps.
ApiAnswer api_timeline(const Store& store, const Parameters& parameters);
// What changes all the time, in short: for those who follow it (feed/live_status.hpp).
boost::json::object live_value(const Store& store);

boost::json::array endpoint_values(const std::vector<Endpoint>& endpoints);

}  // namespace sinkfeed
