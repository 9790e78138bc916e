#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"
#include "tests/feed/script_grammar.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Rsc : testing::Test {
  const FeedFormat& format = *find_format("rsc");
  const std::vector<LedgerEntry> known = sample_entries();
  FeedContent content = sample_for(format, known);
};

TEST_F(Rsc, FillsANewListAndTurnsTheRuleToItOnceItIsWhole) {
  EXPECT_EQ(format.render(content),
            "# sinkfeed google-talk edition 0123456789abcdef\n"
            "/ip/firewall/address-list\n"
            ":do {add list=\"sinkfeed_google-talk_0123456789abcdef\" address=74.125.140.125} on-error={}\n"
            ":do {add list=\"sinkfeed_google-talk_0123456789abcdef\" address=203.0.114.16/28} on-error={}\n"
            ":do {add list=\"sinkfeed_google-talk_0123456789abcdef\" address=216.239.37.125} on-error={}\n"
            ":if ([:len [/ip/firewall/address-list/find where list=\"sinkfeed_google-talk_0123456789abcdef\"]] = "
            "3) do={\n"
            "  :if ([:len [/ip/firewall/filter/find where comment=\"sinkfeed_google-talk\"]] = 0) do={\n"
            "    :do {/ip/firewall/filter/add chain=forward protocol=tcp dst-port=80,443,5222,5223 "
            "dst-address-list=\"sinkfeed_google-talk_0123456789abcdef\" action=reject reject-with=tcp-reset "
            "comment=\"sinkfeed_google-talk\" place-before=[:pick [/ip/firewall/filter/find where chain=forward "
            "and dynamic=no] 0]} on-error={/ip/firewall/filter/add chain=forward protocol=tcp "
            "dst-port=80,443,5222,5223 dst-address-list=\"sinkfeed_google-talk_0123456789abcdef\" action=reject "
            "reject-with=tcp-reset comment=\"sinkfeed_google-talk\"}\n"
            "  }\n"
            "  /ip/firewall/filter/set [find where comment=\"sinkfeed_google-talk\"] dst-port=80,443,5222,5223 "
            "dst-address-list=\"sinkfeed_google-talk_0123456789abcdef\"\n"
            "  /ip/firewall/address-list/remove [find where list~\"^sinkfeed_google-talk_[0-9a-f]{16}\\$\" and "
            "list!=\"sinkfeed_google-talk_0123456789abcdef\"]\n"
            "} else={\n"
            "  :log error \"sinkfeed_google-talk: edition 0123456789abcdef is not whole, so the one before "
            "stays\"\n"
            "}\n"
            "/ip/firewall/filter/remove [find where comment=\"sinkfeed_shared_google-talk\"]\n"
            "/ip/firewall/address-list/remove [find where "
            "list~\"^sinkfeed_shared_google-talk_[0-9a-f]{16}\\$\"]\n"
            "/ipv6/firewall/address-list\n"
            ":do {add list=\"sinkfeed_google-talk_0123456789abcdef\" address=2a00:1450:400c:c06::7d} "
            "on-error={}\n"
            ":if ([:len [/ipv6/firewall/address-list/find where list=\"sinkfeed_google-talk_0123456789abcdef\"]] "
            "= 1) do={\n"
            "  :if ([:len [/ipv6/firewall/filter/find where comment=\"sinkfeed_google-talk\"]] = 0) do={\n"
            "    :do {/ipv6/firewall/filter/add chain=forward protocol=tcp dst-port=80,443,5222,5223 "
            "dst-address-list=\"sinkfeed_google-talk_0123456789abcdef\" action=reject reject-with=tcp-reset "
            "comment=\"sinkfeed_google-talk\" place-before=[:pick [/ipv6/firewall/filter/find where "
            "chain=forward and dynamic=no] 0]} on-error={/ipv6/firewall/filter/add chain=forward protocol=tcp "
            "dst-port=80,443,5222,5223 dst-address-list=\"sinkfeed_google-talk_0123456789abcdef\" action=reject "
            "reject-with=tcp-reset comment=\"sinkfeed_google-talk\"}\n"
            "  }\n"
            "  /ipv6/firewall/filter/set [find where comment=\"sinkfeed_google-talk\"] dst-port=80,443,5222,5223 "
            "dst-address-list=\"sinkfeed_google-talk_0123456789abcdef\"\n"
            "  /ipv6/firewall/address-list/remove [find where list~\"^sinkfeed_google-talk_[0-9a-f]{16}\\$\" and "
            "list!=\"sinkfeed_google-talk_0123456789abcdef\"]\n"
            "} else={\n"
            "  :log error \"sinkfeed_google-talk: edition 0123456789abcdef is not whole, so the one before "
            "stays\"\n"
            "}\n"
            "/ipv6/firewall/filter/remove [find where comment=\"sinkfeed_shared_google-talk\"]\n"
            "/ipv6/firewall/address-list/remove [find where "
            "list~\"^sinkfeed_shared_google-talk_[0-9a-f]{16}\\$\"]\n");
}

TEST_F(Rsc, TurnsTheRuleBeforeTheOldListGoes) {
  const std::string body = format.render(content);
  EXPECT_LT(body.find("]] = 3) do={"), body.find("/ip/firewall/filter/set"));
  EXPECT_LT(body.find("/ip/firewall/filter/set"), body.find("/ip/firewall/address-list/remove"));
}

TEST_F(Rsc, OfOneFamilyLeavesTheOther) {
  content.family = 4;
  EXPECT_THAT(format.render(content), Not(HasSubstr("/ipv6/")));
  content.family = 6;
  EXPECT_THAT(format.render(content), Not(HasSubstr("/ip/")));
}

TEST_F(Rsc, OfAnEmptyFamilyIsWholeWithoutAnEntry) {
  content.networks = {};
  const std::string body = format.render(content);
  EXPECT_THAT(body, Not(HasSubstr("address=")));
  EXPECT_THAT(body, HasSubstr("]] = 0) do={"));
  EXPECT_THAT(body, HasSubstr("list!=\"sinkfeed_google-talk_0123456789abcdef\"]"));
}

TEST_F(Rsc, BlocksWhatOthersNeedOnTheMessengersOwnPortsAlone) {
  content.shared = {network("142.250.1.1")};
  content.shared_ports = {5222, 5223};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr(":do {add list=\"sinkfeed_shared_google-talk_0123456789abcdef\" address=142.250.1.1}"));
  EXPECT_THAT(body,
              HasSubstr("/ip/firewall/filter/set [find where comment=\"sinkfeed_shared_google-talk\"] "
                        "dst-port=5222,5223 dst-address-list=\"sinkfeed_shared_google-talk_0123456789abcdef\"\n"));
  EXPECT_THAT(body, Not(HasSubstr("filter/remove")));
}

TEST_F(Rsc, ClosesWhatItOpens) {
  content.shared = {network("142.250.1.1")};
  content.shared_ports = {5222, 5223};
  EXPECT_EQ(unclosed(format.render(content), {.quotes = "\"", .escape = '\\', .comment = "#"}), "");
}

}  // namespace
}  // namespace sinkfeed
