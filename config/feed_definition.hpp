// What a feed holds: of which profiles, in which form. Those of the settings ([[feed.list]]), and two for each profile
// that need no settings: NAME, which is safe, and NAME-all, with what others need too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/profile.hpp"
#include "config/result.hpp"

namespace sinkfeed {

// What becomes of addresses that other names need too.
enum class SharedAddresses : std::uint8_t {
  hold,        // they are not in it
  include,     // they are in it like all others, but not in formats whose products block every port
  ports_only,  // they are in formats that name ports, on those ports alone that are not the web's
};
std::string_view shared_addresses_name(SharedAddresses shared);
Result<SharedAddresses> parse_shared_addresses(std::string_view text);

enum class Aggregation : std::uint8_t {
  none,      // one entry an address
  lossless,  // whole networks where every address of them is listed
};
std::string_view aggregation_name(Aggregation aggregation);
Result<Aggregation> parse_aggregation(std::string_view text);

struct FeedDefinition {
  std::string name;                   // [a-z0-9-], at most 40 characters
  std::vector<std::string> profiles;  // at least one, loaded
  std::optional<int> family;          // 4 or 6; none: both
  SharedAddresses shared = SharedAddresses::hold;
  Aggregation aggregation = Aggregation::none;
  std::size_t max_entries = 0;  // those seen last; 0: all
  std::vector<Tier> tiers;      // addresses that a name of these tiers leads to; empty: all
  // Whether it takes more than a generation to tell what is in it: what the ledger knows of each address.
  bool looks_at_entries() const { return max_entries > 0 || !tiers.empty(); }
  bool operator==(const FeedDefinition&) const = default;
};

// A name that feeds and profiles may have: [a-z0-9-], not at an end, at most `most` characters.
bool is_feed_name(std::string_view name, std::size_t most);

// Those that are listed, then NAME and NAME-all of each profile, unless one of that name is listed.
std::vector<FeedDefinition> with_feeds_of_profiles(std::vector<FeedDefinition> listed,
                                                   const std::vector<Profile>& profiles);

}  // namespace sinkfeed
