// Which client subnets are asked for in a round, against servers with scopes of every kind.
#include "resolver/subnet_round.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace sinkfeed {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

Network network(std::string_view text) { return Network::parse(text).value(); }

const std::vector<Network> kSubnets{network("192.0.2.0/24"),    network("192.0.3.0/24"), network("192.1.0.0/24"),
                                    network("198.51.100.0/24"), network("10.0.0.0/8"),   network("2001:db8::/48"),
                                    network("2001:db8:1::/48")};

// All subnets that a round asks for, of a server that answers with this scope.
std::vector<std::string> asked(const std::function<int(const Network&)>& scope, std::size_t start = 0) {
  SubnetRound round(kSubnets, {{1, 0}}, start);
  std::vector<std::string> texts;
  while (const Network* subnet = round.next(0)) {
    texts.push_back(subnet->text());
    round.answered(0, *subnet, scope(*subnet));
  }
  EXPECT_EQ(round.asked(), texts.size());
  return texts;
}

TEST(SubnetRound, Rfc7871_7_3_1_NeverAsksTwiceWithinAScope) {
  EXPECT_THAT(asked([](const Network&) { return 16; }),
              ElementsAre("192.0.2.0/24", "192.1.0.0/24", "198.51.100.0/24", "10.0.0.0/8", "2001:db8::/48"));
}

TEST(SubnetRound, Rfc7871_7_2_1_ScopeZeroHoldsForTheFamily) {
  EXPECT_THAT(asked([](const Network&) { return 0; }), ElementsAre("192.0.2.0/24", "2001:db8::/48"));
}

TEST(SubnetRound, Rfc7871_7_2_1_AScopeAsLongAsTheSourceOrLongerHoldsForItAlone) {
  EXPECT_EQ(asked([](const Network& source) { return source.prefix(); }).size(), kSubnets.size());
  EXPECT_EQ(asked([](const Network& source) { return source.address().is_v4() ? 32 : 64; }).size(), kSubnets.size());
}

TEST(SubnetRound, AScopeThatGetsNarrowerIsSplitInTheSameRound) {
  // 192.0/16 has become two.
  EXPECT_THAT(
      asked([](const Network& source) { return source.address().text().starts_with("192.0.") ? 23 + 1 : 8; }),
      ElementsAre("192.0.2.0/24", "192.0.3.0/24", "192.1.0.0/24", "198.51.100.0/24", "10.0.0.0/8", "2001:db8::/48"));
}

TEST(SubnetRound, AnotherRoundAsksForAnotherOfAScope) {
  EXPECT_THAT(asked([](const Network&) { return 16; }, 1),
              ElementsAre("192.0.3.0/24", "192.1.0.0/24", "198.51.100.0/24", "10.0.0.0/8", "2001:db8::/48"));
}

TEST(SubnetRound, AConfiguredNetworkWiderThanTheScopeIsNotCoveredByIt) {
  const std::vector<Network> subnets{network("10.1.0.0/24"), network("10.0.0.0/8")};
  SubnetRound round(subnets, {{1, 0}}, 0);
  round.answered(0, *round.next(0), 16);
  EXPECT_EQ(round.next(0), &subnets[1]);
}

TEST(SubnetRound, TracksAreApart) {
  SubnetRound round(kSubnets, {{1, 0}, {28, 0}}, 0);
  round.answered(0, *round.next(0), 0);
  round.answered(1, *round.next(1), 24);
  EXPECT_TRUE(round.is_same_everywhere(0));
  EXPECT_FALSE(round.is_same_everywhere(1));
  round.give_up(1);
  EXPECT_EQ(round.next(1), nullptr);
  ASSERT_NE(round.next(0), nullptr);
  round.give_up(0);
  EXPECT_FALSE(round.is_same_everywhere(0)) << "nobody knows";
}

}  // namespace
}  // namespace sinkfeed
