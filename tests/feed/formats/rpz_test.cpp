#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

struct Rpz : testing::Test {
  const FeedFormat& format = *find_format("rpz");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Rpz, IsAWholeZone) {
  EXPECT_EQ(format.render(content),
            "; sinkfeed google-talk edition 0123456789abcdef\n"
            "$TTL 60\n"
            "@ SOA localhost. nobody.invalid. 7 60 60 2592000 60\n"
            "@ NS localhost.\n"
            "32.125.140.125.74.rpz-ip CNAME .\n"
            "28.16.114.0.203.rpz-ip CNAME .\n"
            "32.125.37.239.216.rpz-ip CNAME .\n"
            "128.7d.zz.c06.400c.1450.2a00.rpz-ip CNAME .\n");
}

TEST_F(Rpz, OfAnEmptyFeedIsAZoneStill) {
  content.networks = {};
  EXPECT_EQ(format.render(content),
            "; sinkfeed google-talk edition 0123456789abcdef\n"
            "$TTL 60\n"
            "@ SOA localhost. nobody.invalid. 7 60 60 2592000 60\n"
            "@ NS localhost.\n");
  EXPECT_TRUE(format.facts().empties_safely);
}

// As BIND spells them, which refuses others: two zeros or more, the longest run, of two the first in the address.
TEST_F(Rpz, ZerosAreLeftOutAsResolversExpect) {
  for (const auto& [address, owner] : {std::pair{"2001:db8:2:0:1:1:1:1", "128.1.1.1.1.0.2.db8.2001"},
                                       {"2001:0:0:1:0:0:0:1", "128.1.zz.1.0.0.2001"},
                                       {"2002:0:0:1:1:0:0:1", "128.1.0.0.1.1.zz.2002"},
                                       {"2001:0:0:0:1:1:0:0/127", "127.0.0.1.1.zz.2001"},
                                       {"2001:db8:3::/64", "64.zz.3.db8.2001"},
                                       {"2001:db8:1:2:3:4:5:6", "128.6.5.4.3.2.1.db8.2001"},
                                       {"64:ff9b::/96", "96.zz.ff9b.64"}}) {
    content.networks = {network(address)};
    EXPECT_THAT(format.render(content), HasSubstr("\n" + std::string(owner) + ".rpz-ip CNAME .\n")) << address;
  }
}

TEST_F(Rpz, TheSerialHas32Bits) {
  content.generation = (std::uint64_t{1} << 32) + 5;
  EXPECT_THAT(format.render(content), HasSubstr(" nobody.invalid. 5 60 "));
}

}  // namespace
}  // namespace sinkfeed
