#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct Squid : testing::Test {
  const FeedFormat& format = *find_format("squid");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Squid, IsALineOfEachEntryAfterAComment) {
  EXPECT_EQ(format.render(content),
            "# sinkfeed google-talk edition 0123456789abcdef\n"
            "74.125.140.125\n"
            "203.0.114.16/28\n"
            "216.239.37.125\n"
            "2a00:1450:400c:c06::7d\n");
}

TEST_F(Squid, OfAnEmptyFeedHasTheCommentAloneAndIsNotServed) {
  content.networks = {};
  EXPECT_EQ(format.render(content), "# sinkfeed google-talk edition 0123456789abcdef\n");
  EXPECT_FALSE(format.facts().empties_safely);
}

TEST_F(Squid, HasRangesWhereTheyAreAskedFor) {
  content.networks = {network("192.0.2.1"), network("192.0.2.2/31"), network("2001:db8::1")};
  content.as_ranges = true;
  EXPECT_EQ(format.render(content),
            "# sinkfeed google-talk edition 0123456789abcdef\n192.0.2.1-192.0.2.3\n2001:db8::1\n");
}

}  // namespace
}  // namespace sinkfeed
