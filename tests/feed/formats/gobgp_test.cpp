#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

struct Gobgp : testing::Test {
  const FeedFormat& format = *find_format("gobgp");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Gobgp, IsACommandForEachEntryWithThePorts) {
  const std::string v4 = "gobgp global rib -a ipv4-flowspec add match destination ";
  const std::string v6 = "gobgp global rib -a ipv6-flowspec add match destination ";
  const std::string rest = " protocol tcp destination-port '==80 ==443 ==5222 ==5223' then discard\n";
  EXPECT_EQ(format.render(content), v4 + "74.125.140.125/32" + rest + v4 + "203.0.114.16/28" + rest + v4 +
                                        "216.239.37.125/32" + rest + v6 + "2a00:1450:400c:c06::7d/128" + rest);
}

TEST_F(Gobgp, OfAnEmptyFeedIsNothingAndIsNotServed) {
  content.networks = {};
  EXPECT_EQ(format.render(content), "");
  EXPECT_FALSE(format.facts().empties_safely);
}

TEST_F(Gobgp, SharedAddressesAreAddedWithTheirPorts) {
  content.shared = {network("142.250.1.1"), network("2001:4860::/127")};
  content.shared_ports = {5222, 5223};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("ipv4-flowspec add match destination 142.250.1.1/32 protocol tcp destination-port "
                              "'==5222 ==5223' then discard\n"));
  EXPECT_THAT(body, HasSubstr("ipv6-flowspec add match destination 2001:4860::/127 protocol tcp destination-port "
                              "'==5222 ==5223' then discard\n"));
}

}  // namespace
}  // namespace sinkfeed
