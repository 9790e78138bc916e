#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Exabgp : testing::Test {
  const FeedFormat& format = *find_format("exabgp");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Exabgp, IsACommandForEachEntryWithThePorts) {
  const std::string rest = "destination-port [ =80 =443 =5222 =5223 ]; } then { discard; } }\n";
  EXPECT_EQ(format.render(content),
            "announce flow route { match { destination 74.125.140.125/32; protocol tcp; " + rest +
                "announce flow route { match { destination 203.0.114.16/28; protocol tcp; " + rest +
                "announce flow route { match { destination 216.239.37.125/32; protocol tcp; " + rest +
                "announce flow route { match { destination 2a00:1450:400c:c06::7d/128; next-header tcp; " + rest);
}

TEST_F(Exabgp, OfAnEmptyFeedIsNothingAndIsNotServed) {
  content.networks = {};
  EXPECT_EQ(format.render(content), "");
  EXPECT_FALSE(format.facts().empties_safely);
}

TEST_F(Exabgp, SharedAddressesAreAnnouncedWithTheirPorts) {
  content.shared = {network("142.250.1.1")};
  content.shared_ports = {5222, 5223};
  EXPECT_THAT(format.render(content),
              HasSubstr("destination 142.250.1.1/32; protocol tcp; destination-port [ =5222 =5223 ]; }"));
}

TEST_F(Exabgp, NothingShorterThanTwentyFourBitsIsAnnounced) {
  content.networks = {network("203.0.114.0/23"), network("198.51.0.0/24"), network("2001:db8::/47")};
  const std::string body = format.render(content);
  for (const char* whole : {"203.0.114.0/24;", "203.0.115.0/24;", "198.51.0.0/24;", "2001:db8::/47;"})
    EXPECT_THAT(body, HasSubstr(whole));
  EXPECT_THAT(body, Not(HasSubstr("/23")));
  EXPECT_THAT(body, Not(HasSubstr("203.0.116.0")));
}

}  // namespace
}  // namespace sinkfeed
