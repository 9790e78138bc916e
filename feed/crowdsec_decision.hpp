// A decision as CrowdSec's local API writes it, for the format and for the API's own paths.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "feed/feed_content.hpp"

namespace sinkfeed {

inline constexpr std::string_view kCrowdsecOrigin = "sinkfeed";

// "sinkfeed/google-talk"
std::string crowdsec_scenario(std::string_view feed);
// The same network, the same number. `duration`: as Go writes one, "24h0m0s".
boost::json::object crowdsec_decision(const Network& network, std::string_view feed, std::string_view duration);

}  // namespace sinkfeed
