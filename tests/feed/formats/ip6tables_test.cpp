#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Ip6tables : testing::Test {
  const FeedFormat& format = *find_format("ip6tables");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_for(format, known);
};

TEST_F(Ip6tables, IsOfIpv6AloneOverTheSetOfTheFeed) {
  EXPECT_EQ(format.facts().family, 6);
  EXPECT_EQ(format.render(content),
            "# sinkfeed google-talk edition 0123456789abcdef\n"
            "*filter\n"
            ":sf-google-talk - [0:0]\n"
            "-A sf-google-talk -p tcp -m multiport --dports 80,443,5222,5223 -m set --match-set sf6-google-talk dst "
            "-j REJECT --reject-with tcp-reset\n"
            "COMMIT\n");
}

TEST_F(Ip6tables, OfAnEmptyFeedIsTheSameForTheSetIsEmpty) {
  const std::string whole = format.render(content);
  content.networks = {};
  EXPECT_EQ(format.render(content), whole);
  EXPECT_TRUE(format.facts().empties_safely);
}

TEST_F(Ip6tables, SharedAddressesOfItsFamilyAreRulesOfTheirOwn) {
  content.shared = {network("142.250.1.1"), network("2001:4860::/127")};
  content.shared_ports = {5222, 5223};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("--dports 5222,5223 -j sfs-google-talk\n"
                              "-A sfs-google-talk -d 2001:4860::/127 -p tcp -j REJECT --reject-with tcp-reset\n"));
  EXPECT_THAT(body, Not(HasSubstr("142.250")));
}

}  // namespace
}  // namespace sinkfeed
