// STIX 2.1 objects: sinkfeed as an identity, and an address as an indicator.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "config/address.hpp"
#include "config/clock.hpp"

namespace sinkfeed {

// Exactly milliseconds, which is how STIX wants them (3.2, 3.3).
std::string stix_time(WallTime time);

std::string stix_identity_id();
// When the identity was made; it never changes.
WallTime stix_identity_made();
boost::json::object stix_identity();

struct StixIndicator {
  std::string id;  // "indicator--..."
  IpAddress address;
  WallTime created, modified;       // valid from `created`
  std::optional<WallTime> until{};  // valid until, later than `created`
  bool is_revoked = false;          // for good
  std::string_view label;           // the feed
};
boost::json::object stix_indicator(const StixIndicator& indicator);

}  // namespace sinkfeed
