#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Asa : testing::Test {
  const FeedFormat& format = *find_format("asa");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Asa, MakesAGroupOfHostsMasksAndPrefixes) {
  content.networks.push_back(network("2a00:1450:4010::/48"));
  EXPECT_EQ(format.render(content),
            "! sinkfeed google-talk edition 0123456789abcdef\n"
            "object-group network sinkfeed-google-talk-01234567\n"
            " network-object host 74.125.140.125\n"
            " network-object 203.0.114.16 255.255.255.240\n"
            " network-object host 216.239.37.125\n"
            " network-object 2a00:1450:400c:c06::7d/128\n"
            " network-object 2a00:1450:4010::/48\n");
}

TEST_F(Asa, WritesEveryMask) {
  content.networks = {network("64.0.0.0/7"), network("74.125.0.0/16"), network("74.126.0.0/31")};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr(" 64.0.0.0 254.0.0.0\n"));
  EXPECT_THAT(body, HasSubstr(" 74.125.0.0 255.255.0.0\n"));
  EXPECT_THAT(body, HasSubstr(" 74.126.0.0 255.255.255.254\n"));
}

TEST_F(Asa, EachEditionIsAGroupOfItsOwn) {
  content.edition = "fedcba9876543210";
  EXPECT_THAT(format.render(content), HasSubstr("object-group network sinkfeed-google-talk-fedcba98\n"));
}

// A rule with an empty group is refused by the ASA.
TEST_F(Asa, IsNotHandedOutEmpty) { EXPECT_FALSE(format.facts().empties_safely); }

// "object-group network" takes names of up to 64 characters.
TEST_F(Asa, TheLongestFeedNameFitsIntoAGroupName) {
  content.name = std::string(40, 'x');
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("object-group network sinkfeed-" + content.name + "-01234567\n"));
  EXPECT_LE(("sinkfeed-" + content.name + "-01234567").size(), 64u);
}

}  // namespace
}  // namespace sinkfeed
