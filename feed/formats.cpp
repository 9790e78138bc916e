#include <algorithm>
#include <array>

#include "feed/format.hpp"

namespace sinkfeed {

Entries entries_of(const Ledger& ledger) {
  return [&ledger](const std::string& profile, const IpAddress& first, std::size_t limit) {
    return ledger.entries_from(profile, first, limit);
  };
}

std::vector<IpAddress> FeedContent::addresses() const {
  std::vector<IpAddress> wanted;
  const auto published = generation.profiles.find(profile.name);
  if (published == generation.profiles.end()) return wanted;
  for (const IpAddress& address : published->second) {
    if (!family || address.family() == *family) wanted.push_back(address);
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
