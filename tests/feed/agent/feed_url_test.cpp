#include "feed/agent/feed_url.hpp"

#include <gtest/gtest.h>

namespace sinkfeed {
namespace {

TEST(FeedUrl, IsTheOneThatAFirewallFetches) {
  for (const char* text : {"http://192.0.2.10:8053/feed/google-talk", "http://192.0.2.10:8053/feed/google-talk.txt",
                           "http://192.0.2.10:8053/feed/google-talk.events"}) {
    const FeedUrl url = parse_feed_url(text).value();
    EXPECT_EQ(url.text(), "http://192.0.2.10:8053/feed/google-talk");
    EXPECT_EQ(url.feed, "google-talk");
    EXPECT_EQ(url.port, "8053");
  }
  EXPECT_EQ(parse_feed_url("https://dns.example/a/feed/im").value().path, "/a/feed/im");
  EXPECT_EQ(parse_feed_url("https://dns.example/feed/im").value().port, "443");
  const FeedUrl six = parse_feed_url("http://[2001:db8::1]:8053/feed/im").value();
  EXPECT_EQ(six.host, "2001:db8::1");
  EXPECT_EQ(six.authority(), "[2001:db8::1]:8053");
}

TEST(FeedUrl, AnythingElseIsRefused) {
  for (const char* text :
       {"", "google-talk", "192.0.2.10:8053/feed/google-talk", "ftp://x/feed/im", "http:///feed/im", "http://x/im",
        "http://x/feed/", "http://x/feed/IM", "http://x/feed/a_b", "http://x/feed/im?family=4", "http://x/feed/im#a",
        "http://u:p@x/feed/im", "http://x/a%20b/feed/im", "http://x/feed/im\r\nX: y"})
    EXPECT_FALSE(parse_feed_url(text)) << text;
}

}  // namespace
}  // namespace sinkfeed
