#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct Txt : testing::Test {
  const FeedFormat& format = *find_format("txt");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Txt, IsOneEntryALineAndNothingElse) {
  EXPECT_EQ(format.render(content), "74.125.140.125\n203.0.114.16/28\n216.239.37.125\n2a00:1450:400c:c06::7d\n");
}

TEST_F(Txt, WritesRunsAsRangesIfAsked) {
  content.networks = {network("10.0.0.255"),  network("10.0.1.0/31"), network("10.0.1.2"),
                      network("10.0.1.9/32"), network("2a00::ffff"),  network("2a00::1:0")};
  content.as_ranges = true;
  EXPECT_EQ(format.render(content), "10.0.0.255-10.0.1.2\n10.0.1.9\n2a00::ffff-2a00::1:0\n");
}

}  // namespace
}  // namespace sinkfeed
