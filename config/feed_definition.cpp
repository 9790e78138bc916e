#include "config/feed_definition.hpp"

#include <algorithm>

namespace sinkfeed {

std::string_view shared_addresses_name(SharedAddresses shared) {
  switch (shared) {
    case SharedAddresses::hold:
      return "hold";
    case SharedAddresses::include:
      return "include";
    case SharedAddresses::ports_only:
      return "ports-only";
  }
  return "";
}

Result<SharedAddresses> parse_shared_addresses(std::string_view text) {
  for (const auto shared : {SharedAddresses::hold, SharedAddresses::include, SharedAddresses::ports_only}) {
    if (text == shared_addresses_name(shared)) return shared;
  }
  return Problem{"\"" + std::string(text) + "\" is not one of hold, include, ports-only"};
}

std::string_view aggregation_name(Aggregation aggregation) {
  return aggregation == Aggregation::none ? "none" : "lossless";
}

Result<Aggregation> parse_aggregation(std::string_view text) {
  for (const auto aggregation : {Aggregation::none, Aggregation::lossless}) {
    if (text == aggregation_name(aggregation)) return aggregation;
  }
  return Problem{"\"" + std::string(text) + "\" is not one of none, lossless"};
}

bool is_feed_name(std::string_view name, std::size_t most) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= most && name.front() != '-' && name.back() != '-' &&
         std::all_of(name.begin(), name.end(), is_plain);
}

std::vector<FeedDefinition> with_feeds_of_profiles(std::vector<FeedDefinition> listed,
                                                   const std::vector<Profile>& profiles) {
  const auto add = [&](FeedDefinition feed) {
    const auto same = [&](const FeedDefinition& other) { return other.name == feed.name; };
    if (std::none_of(listed.begin(), listed.end(), same)) listed.push_back(std::move(feed));
  };
  for (const Profile& profile : profiles) {
    FeedDefinition feed;
    feed.name = profile.name;
    feed.profiles = {profile.name};
    add(feed);
    feed.name += "-all";
    feed.shared = SharedAddresses::include;
    add(feed);
  }
  return listed;
}

}  // namespace sinkfeed
