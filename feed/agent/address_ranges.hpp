// Addresses from one to another: what a firewall's set makes of networks that lie side by side.
#pragma once

#include <compare>
#include <span>
#include <string>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

struct AddressRange {
  IpAddress first, last;  // of one family
  friend auto operator<=>(const AddressRange&, const AddressRange&) = default;
  std::string text() const;  // "192.0.2.1", or "192.0.2.1-192.0.2.9"
};

// The same addresses in as few ranges as can be, ascending. `ranges` may come in any order, and overlap.
std::vector<AddressRange> joined(std::vector<AddressRange> ranges);
std::vector<AddressRange> ranges_of(std::span<const Network> networks);
// The part that is of the family, 4 or 6, of `networks`, which are IPv4 before IPv6. Valid as long as they are.
std::span<const Network> of_family(std::span<const Network> networks, int family);

}  // namespace sinkfeed
