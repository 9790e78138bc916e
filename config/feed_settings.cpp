#include "config/feed_settings.hpp"

#include <fmt/format.h>

#include <limits>

namespace sinkfeed {

namespace {

constexpr std::size_t kLongestName = 40;
using Empty = TomlSection::Empty;

// Any text that is one name: what it must be is said by whoever knows more of it.
Result<std::string> any_text(std::string_view text) { return Result<std::string>(boost::system::in_place_value, text); }

Result<std::string> parse_feed_name(std::string_view text) {
  if (!is_feed_name(text, kLongestName))
    return Problem{
        fmt::format("\"{}\" is no name of a feed: write a-z, 0-9 and -, at most {} characters", text, kLongestName)};
  return Result<std::string>(boost::system::in_place_value, text);
}

void read_listed(TomlSection& section, const std::vector<FeedDefinition>& before,
                 const std::vector<std::string>& profiles, FeedDefinition& feed) {
  if (section.require("name", feed.name, parse_feed_name)) {
    const auto same = [&](const FeedDefinition& other) { return other.name == feed.name; };
    if (std::any_of(before.begin(), before.end(), same))
      section.complain("name", fmt::format("{} is listed twice; name one of the two otherwise", feed.name));
  }
  if (!section.find("profiles")) section.complain("it has no profiles; write profiles = [\"google-talk\"]");
  section.read_list("profiles", feed.profiles, Empty::refused, any_text);
  for (const std::string& profile : feed.profiles) {
    if (std::find(profiles.begin(), profiles.end(), profile) == profiles.end())
      section.complain("profiles", fmt::format("{} is not in block.profiles; add it there", profile));
  }
  int number = 0;
  if (section.find("family") && section.read_integer("family", number, 4, 6)) {
    feed.family = number;
    if (number == 5) section.complain("family", "is 4 or 6; leave it out for both in one list");
  }
  section.read("shared", feed.shared, parse_shared_addresses);
  section.read("aggregation", feed.aggregation, parse_aggregation);
  number = 0;
  if (section.read_integer("max_entries", number, 0, std::numeric_limits<int>::max()))
    feed.max_entries = static_cast<std::size_t>(number);
  section.read_list("tiers", feed.tiers, Empty::refused, parse_tier);
}

}  // namespace

void read_feed(TomlSection section, Settings::Feed& feed, const std::vector<std::string>& profiles) {
  section.read_list("never_block", feed.never_block, Empty::allowed, Network::parse);
  section.read_list("protect", feed.protect, Empty::allowed, DnsName::parse);
  section.read_integer("max_shrink", feed.max_shrink, 0, 100);
  section.read_integer("max_growth", feed.max_growth, 0, 10'000'000);
  section.read("max_stale", feed.max_stale, [](std::string_view text) -> Result<std::chrono::seconds> {
    const auto duration = parse_duration(text);
    if (!duration) return duration.error();
    return std::chrono::ceil<std::chrono::seconds>(*duration);
  });
  for (TomlSection& one : section.sections("list")) {
    FeedDefinition listed;
    read_listed(one, feed.list, profiles, listed);
    feed.list.push_back(std::move(listed));
  }
}

}  // namespace sinkfeed
