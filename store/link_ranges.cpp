#include "store/link_ranges.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sinkfeed {

std::string link_ranges_text(std::vector<std::uint64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  std::string text;
  for (std::size_t from = 0; from < numbers.size();) {
    std::size_t to = from;
    while (to + 1 < numbers.size() && numbers[to + 1] == numbers[to] + 1) ++to;
    text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[from]);
    if (to > from) text += fmt::format("-{}", numbers[to]);
    from = to + 1;
  }
  return text;
}

std::optional<LinkRanges> parse_link_ranges(std::string_view text) {
  LinkRanges ranges;
  while (!text.empty()) {
    const std::string_view item = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), item.size() + 1));
    const char* const last = item.data() + item.size();
    std::uint64_t from = 0, to = 0;
    auto read = std::from_chars(item.data(), last, from);
    to = from;
    if (read.ec == std::errc() && read.ptr != last && *read.ptr == '-') read = std::from_chars(read.ptr + 1, last, to);
    if (read.ec != std::errc() || read.ptr != last || to < from) return std::nullopt;
    ranges.emplace_back(from, to);
  }
  return ranges;
}

}  // namespace sinkfeed
