#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct Haproxy : testing::Test {
  const FeedFormat& format = *find_format("haproxy");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Haproxy, IsALineOfEachEntryAfterAComment) {
  EXPECT_EQ(format.render(content),
            "# sinkfeed google-talk edition 0123456789abcdef\n"
            "74.125.140.125\n"
            "203.0.114.16/28\n"
            "216.239.37.125\n"
            "2a00:1450:400c:c06::7d\n");
}

TEST_F(Haproxy, OfAnEmptyFeedHasTheCommentAloneAndIsNotServed) {
  content.networks = {};
  EXPECT_EQ(format.render(content), "# sinkfeed google-talk edition 0123456789abcdef\n");
  EXPECT_FALSE(format.facts().empties_safely);
}

}  // namespace
}  // namespace sinkfeed
