#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct IsaText : testing::Test {
  const FeedFormat& format = *find_format("isa.txt");
  const std::vector<LedgerEntry> known = sample_entries();
  FeedContent content = sample_for(format, known);
};

TEST_F(IsaText, IsOneNameAndAddressALine) {
  EXPECT_EQ(format.render(content),
            "sf-74-125-140-125\t74.125.140.125\r\n"
            "sf-216-239-37-125\t216.239.37.125\r\n");
}

TEST_F(IsaText, KnowsIPv4HostsAlone) {
  EXPECT_EQ(format.facts().family, 4);
  EXPECT_FALSE(format.facts().reads_prefixes);
}

TEST_F(IsaText, OfNothingIsEmptyAndNeverServed) {
  content.networks = {};
  EXPECT_EQ(format.render(content), "");
  EXPECT_FALSE(format.facts().empties_safely);
}

}  // namespace
}  // namespace sinkfeed
