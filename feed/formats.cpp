#include <algorithm>
#include <array>

#include "feed/format.hpp"

namespace sinkfeed {

std::vector<const PublishedAddress*> FeedContent::addresses() const {
  std::vector<const PublishedAddress*> wanted;
  const auto published = generation.profiles.find(profile.name);
  if (published == generation.profiles.end()) return wanted;
  for (const PublishedAddress& address : published->second) {
    if (!family || address.address.family() == *family) wanted.push_back(&address);
  }
  return wanted;
}

std::span<const FeedFormat* const> feed_formats() {
  static const std::array<const FeedFormat*, 3> formats{&text_format(), &json_format(), &nft_format()};
  return formats;
}

const FeedFormat* find_format(std::string_view extension) {
  const auto formats = feed_formats();
  const auto found = std::find_if(formats.begin(), formats.end(),
                                  [&](const FeedFormat* format) { return format->extension() == extension; });
  return found == formats.end() ? nullptr : *found;
}

}  // namespace sinkfeed
