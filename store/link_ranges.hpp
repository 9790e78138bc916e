// Numbers of links as a short text: "1-5,7,9-12".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sinkfeed {

std::string link_ranges_text(std::vector<std::uint64_t> numbers);
// The ranges, both ends included; nothing if it is no such text.
using LinkRanges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
std::optional<LinkRanges> parse_link_ranges(std::string_view text);

}  // namespace sinkfeed
