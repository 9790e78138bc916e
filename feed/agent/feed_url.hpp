// The URL of a feed, as an administrator gives it to the agent: http://SERVER:8053/feed/NAME.
#pragma once

#include <string>
#include <string_view>

#include "config/result.hpp"

namespace sinkfeed {

struct FeedUrl {
  bool is_https = false;
  std::string host;  // a name or an address, without brackets
  std::string port;
  std::string path;  // "/feed/google-talk": without a format
  std::string feed;  // "google-talk"

  std::string authority() const;  // as the Host header says it
  std::string text() const;
};

// The Problem says what a right one looks like. A format behind the name (".txt", ".events") is left out.
Result<FeedUrl> parse_feed_url(std::string_view text);

}  // namespace sinkfeed
