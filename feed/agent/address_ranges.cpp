#include "feed/agent/address_ranges.hpp"

#include <algorithm>

#include "feed/feed_content.hpp"

namespace sinkfeed {

std::string AddressRange::text() const { return first == last ? first.text() : first.text() + "-" + last.text(); }

std::vector<AddressRange> joined(std::vector<AddressRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::vector<AddressRange> whole;
  for (const AddressRange& range : ranges) {
    const bool goes_on = !whole.empty() && whole.back().last.family() == range.first.family() &&
                         (range.first <= whole.back().last || follows(range.first, whole.back().last));
    if (goes_on)
      whole.back().last = std::max(whole.back().last, range.last);
    else
      whole.push_back(range);
  }
  return whole;
}

std::vector<AddressRange> ranges_of(std::span<const Network> networks) {
  std::vector<AddressRange> ranges;
  ranges.reserve(networks.size());
  for (const Network& network : networks) ranges.push_back({network.address(), last_of(network)});
  return joined(std::move(ranges));
}

std::span<const Network> of_family(std::span<const Network> networks, int family) {
  const auto six = std::partition_point(networks.begin(), networks.end(),
                                        [](const Network& network) { return network.address().is_v4(); });
  const auto place = static_cast<std::size_t>(six - networks.begin());
  return family == 4 ? networks.first(place) : networks.subspan(place);
}

}  // namespace sinkfeed
