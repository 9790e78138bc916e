// The formats that the build found in feed/formats/.
#include <algorithm>
#include <array>

#include "feed/format.hpp"

namespace sinkfeed {

#define SINKFEED_FORMAT(name) const FeedFormat& name##_format();
#include "feed/formats/list.inc"
#undef SINKFEED_FORMAT

std::span<const FeedFormat* const> feed_formats() {
  static const auto formats = [] {
    std::array found{
#define SINKFEED_FORMAT(name) &name##_format(),
#include "feed/formats/list.inc"
#undef SINKFEED_FORMAT
    };
    std::sort(found.begin(), found.end(), [](const FeedFormat* left, const FeedFormat* right) {
      return left->facts().extension < right->facts().extension;
    });
    return found;
  }();
  return formats;
}

const FeedFormat* find_format(std::string_view extension) {
  const auto formats = feed_formats();
  const auto found =
      std::lower_bound(formats.begin(), formats.end(), extension,
                       [](const FeedFormat* format, std::string_view of) { return format->facts().extension < of; });
  return found == formats.end() || (*found)->facts().extension != extension ? nullptr : *found;
}

}  // namespace sinkfeed
