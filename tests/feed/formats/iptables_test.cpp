#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

struct Iptables : testing::Test {
  const FeedFormat& format = *find_format("iptables");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_for(format, known);
};

TEST_F(Iptables, DeclaresAChainOfItsOwnOverTheSetOfTheFeed) {
  EXPECT_EQ(format.render(content),
            "# sinkfeed google-talk edition 0123456789abcdef\n"
            "*filter\n"
            ":sf-google-talk - [0:0]\n"
            "-A sf-google-talk -p tcp -m multiport --dports 80,443,5222,5223 -m set --match-set sf4-google-talk dst "
            "-j REJECT --reject-with tcp-reset\n"
            "COMMIT\n");
}

TEST_F(Iptables, OfAnEmptyFeedIsTheSameForTheSetIsEmpty) {
  const std::string whole = format.render(content);
  content.networks = {};
  EXPECT_EQ(format.render(content), whole);
  EXPECT_TRUE(format.facts().empties_safely);
}

TEST_F(Iptables, SharedAddressesAreRulesOfTheirOwnOnTheirPorts) {
  content.shared = {network("142.250.1.1"), network("142.250.2.0/30")};
  content.shared_ports = {5222, 5223};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr(":sf-google-talk - [0:0]\n:sfs-google-talk - [0:0]\n"));
  EXPECT_THAT(body, HasSubstr("-A sf-google-talk -p tcp -m multiport --dports 5222,5223 -j sfs-google-talk\n"
                              "-A sfs-google-talk -d 142.250.1.1 -p tcp -j REJECT --reject-with tcp-reset\n"
                              "-A sfs-google-talk -d 142.250.2.0/30 -p tcp -j REJECT --reject-with tcp-reset\n"
                              "COMMIT\n"));
}

TEST_F(Iptables, NoRuleHasMoreThanFifteenPorts) {
  content.ports.clear();
  for (std::uint16_t port = 1; port <= 16; port++) content.ports.push_back(port);
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("--dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 -m set"));
  EXPECT_THAT(body, HasSubstr("-A sf-google-talk -p tcp -m multiport --dports 16 -m set"));
}

TEST_F(Iptables, ChainsOfLongNamesHaveAtMost28Characters) {
  content.name = "a-name-of-forty-characters-that-is-whole";
  content.shared_ports = {5222};
  EXPECT_THAT(format.render(content), HasSubstr("\n:sfs-a-name-of-forty_37994954 - "));
  EXPECT_THAT(format.render(content), HasSubstr("--match-set sf4-a-name-of-forty_37994954 dst"));
}

}  // namespace
}  // namespace sinkfeed
