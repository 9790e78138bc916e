// Feeds that are a folder rather than a file: /feed/NAME.FOLDER/REST.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace sinkfeed {

struct FeedFolder {
  std::string_view feed, folder, rest;  // parts of the path
};

// Nothing if the path is none of a folder. Valid as long as the path.
inline std::optional<FeedFolder> parse_feed_folder(std::string_view path) {
  constexpr std::string_view kFeeds = "/feed/";
  if (!path.starts_with(kFeeds)) return std::nullopt;
  path.remove_prefix(kFeeds.size());
  const std::size_t slash = path.find('/'), dot = path.find('.');
  if (slash == std::string_view::npos || dot > slash) return std::nullopt;
  return FeedFolder{path.substr(0, dot), path.substr(dot + 1, slash - dot - 1), path.substr(slash + 1)};
}

// Null if there is none of that name. Owned by the configuration.
inline const FeedDefinition* find_feed(const Configuration& configuration, std::string_view name) {
  const auto feed = std::find_if(configuration.feeds.begin(), configuration.feeds.end(),
                                 [&](const FeedDefinition& one) { return one.name == name; });
  return feed == configuration.feeds.end() ? nullptr : &*feed;
}

}  // namespace sinkfeed
