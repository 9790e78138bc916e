#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Rbldnsd : testing::Test {
  const FeedFormat& format = *find_format("rbldnsd");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Rbldnsd, IsADataSetOfEachFamilyInOneFile) {
  EXPECT_EQ(format.render(content),
            "# sinkfeed google-talk edition 0123456789abcdef\n"
            "$TTL 60\n"
            "$SOA 60 localhost nobody.invalid 7 60 60 2592000 60\n"
            "$DATASET ip4trie @\n"
            ":127.0.0.2:sinkfeed google-talk $\n"
            "74.125.140.125\n"
            "203.0.114.16/28\n"
            "216.239.37.125\n"
            "$DATASET ip6trie @\n"
            ":127.0.0.2:sinkfeed google-talk $\n"
            "2a00:1450:400c:c06::7d\n");
}

TEST_F(Rbldnsd, OfAnEmptyFeedHasEmptyDataSets) {
  content.networks = {};
  EXPECT_THAT(format.render(content), HasSubstr("talk $\n$DATASET ip6trie @\n:127.0.0.2:sinkfeed google-talk $\n"));
  EXPECT_TRUE(format.facts().empties_safely);
}

TEST_F(Rbldnsd, OfOneFamilyLeavesTheOther) {
  content.family = 4;
  EXPECT_THAT(format.render(content), Not(HasSubstr("ip6trie")));
  content.family = 6;
  EXPECT_THAT(format.render(content), Not(HasSubstr("ip4trie")));
}

}  // namespace
}  // namespace sinkfeed
