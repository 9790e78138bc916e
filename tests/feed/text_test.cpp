#include "feed/commands/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feed/commands/text_parts.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

// Bodies as the API gives them.
TEST(Text, AHistoryThatCouldNotBeReadWholeIsNotTakenForAnEmptyOne) {
  boost::json::object body{{"kind", "name"},
                           {"subject", "www.example.com"},
                           {"coverage", {{"kind", "none"}}},
                           {"queries", 0},
                           {"recent", boost::json::array()},
                           {"entries", boost::json::array()},
                           {"asked_by", boost::json::array()}};
  EXPECT_THAT(why_text(body), HasSubstr("Nobody has asked for it."));
  body["damage"] = "one block is damaged";
  EXPECT_THAT(why_text(body), Not(HasSubstr("Nobody")));
  EXPECT_THAT(why_text(body), HasSubstr("one block is damaged"));
  body.erase("damage");
  body["unfinished"] = "searched for 10 s";
  EXPECT_THAT(why_text(body), Not(HasSubstr("Nobody")));
  body["queries"] = 7;
  EXPECT_THAT(why_text(body), HasSubstr("at least 7 times"));
}

TEST(Text, FeedsAreWhereTheDaemonListens) {
  boost::json::object body{{"http", {"0.0.0.0:9053"}},
                           {"generation", 1},
                           {"created", "2026-11-23T10:00:00Z"},
                           {"feeds", {{{"name", "a"}, {"title", "A"}, {"entries", 1}, {"paths", {"/feed/a.txt"}}}}}};
  EXPECT_THAT(feeds_text(body), HasSubstr("http://THIS-SERVER:9053/feed/a.FORMAT"));
  body["http"] = {"192.168.1.5:8053"};
  EXPECT_THAT(feeds_text(body), HasSubstr("http://192.168.1.5:8053/feed/a.FORMAT"));
}

TEST(Text, SaysHowLongAgo) {
  EXPECT_EQ(ago("2026-11-23T10:00:00Z", "2026-11-23T10:00:01Z"), "just now");
  EXPECT_EQ(ago("2026-11-23T10:00:00Z", "2026-11-23T10:01:30Z"), "1 minute ago");
  EXPECT_EQ(ago("2026-11-20T10:00:00Z", "2026-11-23T11:00:00Z"), "3 days ago");
  EXPECT_EQ(size_text(100), "100 B");
  EXPECT_EQ(size_text(3 << 19), "1.5 MiB");
}

}  // namespace
}  // namespace sinkfeed
