#include "feed/agent/feed_url.hpp"

#include <fmt/format.h>

#include <boost/url/parse.hpp>

#include "config/feed_definition.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kLongestName = 40;

}  // namespace

std::string FeedUrl::authority() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (is_https ? "443" : "80") ? shown : shown + ":" + port;
}

std::string FeedUrl::text() const { return (is_https ? "https://" : "http://") + authority() + path; }

Result<FeedUrl> parse_feed_url(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Problem{fmt::format("--url \"{}\" {}; write it like http://192.0.2.10:8053/feed/google-talk", text, why)};
  };
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty())
    return wrong("is no URL of http or https");
  if (url->has_userinfo()) return wrong("has a user in it, which others can read; give a token by --token-file");
  if (url->has_query() || url->has_fragment()) return wrong("has something behind the feed; --family says which kind");
  FeedUrl feed;
  feed.is_https = url->scheme() == "https";
  feed.host = url->host_address();
  feed.port = url->has_port() ? std::string(url->port()) : feed.is_https ? "443" : "80";
  feed.path = url->path();
  const std::size_t slash = feed.path.rfind('/');
  if (slash == std::string::npos || !feed.path.substr(0, slash).ends_with("/feed")) return wrong("is of no feed");
  feed.feed = feed.path.substr(slash + 1);
  feed.feed.erase(std::min(feed.feed.find('.'), feed.feed.size()));
  if (!is_feed_name(feed.feed, kLongestName)) return wrong("is of no feed");
  feed.path = feed.path.substr(0, slash + 1) + feed.feed;
  if (feed.path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-_.~") !=
      std::string::npos)
    return wrong("has unusual characters in its path");
  return feed;
}

}  // namespace sinkfeed
