// Sets of addresses as ranges, for lists of which one says 192.0.2.0/31 and another 192.0.2.0 and 192.0.2.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

// Of one family; the first is not behind the last.
struct AddressRange {
  IpAddress first, last;
  friend auto operator<=>(const AddressRange&, const AddressRange&) = default;
};

AddressRange range_of(const Network& network);
// "192.0.2.1", "192.0.2.0/24" (set host bits are let pass), "192.0.2.0/255.255.255.0", "192.0.2.1-192.0.2.9".
std::optional<AddressRange> read_range(std::string_view text);

// The same addresses in ascending ranges that neither overlap nor touch.
std::vector<AddressRange> normalized(std::vector<AddressRange> ranges);
// What is in `all` and not in `taken`; both normalized.
std::vector<AddressRange> without(const std::vector<AddressRange>& all, const std::vector<AddressRange>& taken);
// As few networks as can be.
std::vector<Network> networks_of(const std::vector<AddressRange>& normalized);
// 16 hex digits: the same for the same set.
std::string digest_of(const std::vector<AddressRange>& normalized);

}  // namespace sinkfeed
