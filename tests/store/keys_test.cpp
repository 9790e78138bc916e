// Keys sort as their values do, come back as they were made, and damaged ones are refused.
#include "store/keys.hpp"

#include <gtest/gtest.h>

#include "store/health.hpp"
#include "store/observation.hpp"
#include "store/verdict.hpp"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::ip;
using ledger_test::name;

TEST(Keys, ComeBackAsTheyWereMade) {
  for (const char* address : {"74.125.1.1", "0.0.0.0", "2a00:1450:400c:c06::7d", "::"}) {
    const auto entry = keys::parse_ledger(keys::ledger("google-talk", ip(address)));
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->first, "google-talk");
    EXPECT_EQ(entry->second, ip(address));
    const auto sighting = keys::parse_name(keys::name(ip(address), name("mail.google.com")));
    ASSERT_TRUE(sighting);
    EXPECT_EQ(sighting->first, ip(address));
    EXPECT_EQ(sighting->second, name("mail.google.com"));
  }
}

TEST(Keys, SortAsTheirValues) {
  EXPECT_LT(keys::ledger("a", ip("255.255.255.255")), keys::ledger("a", ip("::")));
  EXPECT_LT(keys::ledger("a", ip("9.0.0.0")), keys::ledger("a", ip("10.0.0.0")));
  EXPECT_LT(keys::ledger("a", ip("ffff::")), keys::ledger("a-b", ip("1.1.1.1"))) << "a profile's entries are together";
  EXPECT_LT(keys::change(255, 9), keys::change(256, 0));
  EXPECT_LT(keys::change(256, 255), keys::change(256, 256));
  EXPECT_EQ(keys::read_u64(keys::change(0x0102030405060708, 9)), 0x0102030405060708u);
}

TEST(Keys, DamagedOnesAreRefused) {
  const std::string entry = keys::ledger("chat", ip("74.125.1.1"));
  for (std::size_t size = 0; size < entry.size(); size++) EXPECT_FALSE(keys::parse_ledger(entry.substr(0, size)));
  EXPECT_FALSE(keys::parse_ledger(entry + "x"));
  const std::string sighting = keys::name(ip("2a00::1"), name("mail.test"));
  for (std::size_t size = 0; size < sighting.size(); size++) EXPECT_FALSE(keys::parse_name(sighting.substr(0, size)));
  EXPECT_FALSE(keys::parse_name(sighting + "x"));
  EXPECT_FALSE(
      keys::parse_name("\x04"
                       "abcd"
                       "\x7f"
                       "label"))
      << "a label longer than the name";
}

TEST(Verdict, NamesGoBothWays) {
  for (const auto verdict : {Verdict::pass, Verdict::sinkhole, Verdict::refuse, Verdict::local})
    EXPECT_EQ(parse_verdict(verdict_name(verdict)), verdict);
  EXPECT_EQ(parse_verdict("Pass "), std::nullopt);
}

TEST(Vantage, EveryKindHasItsOwnName) {
  EXPECT_EQ(vantage_kind_name(VantageKind::known), "known");
  EXPECT_EQ(vantage_kind_name(VantageKind::upstream), "upstream");
  EXPECT_EQ(vantage_kind_name(VantageKind::hand), "hand");
  EXPECT_EQ(vantage_kind_name(VantageKind::import), "import");
}

TEST(Health, HoldsEachPartsProblemUntilItIsWell) {
  Health health;
  health.report("store", "the disk is full");
  health.report("upstream", "no server answers");
  health.report("store", "");
  EXPECT_EQ(health.problems(), (std::map<std::string, std::string>{{"upstream", "no server answers"}}));
  EXPECT_TRUE(health.lasting("upstream"));
  EXPECT_FALSE(health.lasting("store"));
}

TEST(Health, WarningsAreNoProblems) {
  Health health;
  health.warn("feed", "held back");
  EXPECT_TRUE(health.problems().empty());
  EXPECT_EQ(health.warnings(), (std::map<std::string, std::string>{{"feed", "held back"}}));
  health.warn("feed", "");
  EXPECT_TRUE(health.warnings().empty());
}

}  // namespace
}  // namespace sinkfeed
