// What is not seen any more goes, and nothing goes that could not have been seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::at;
using ledger_test::Folder;
using ledger_test::ip;
using ledger_test::name;
using ledger_test::OpenLedger;
using ledger_test::seen;
using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;

constexpr const char* kKnown = "216.239.37.125";
constexpr const char* kAddress = "74.125.140.125";

struct Asked final : TargetAsker {
  std::mutex mutex;
  std::map<std::string, int> names;
  void ask_again(const std::string& profile, const DnsName& asked, const DnsName&) override {
    const std::lock_guard lock(mutex);
    EXPECT_EQ(profile, "chat");
    names[asked.text()]++;
  }
};

Guards aging(Aging how, hours window = hours(24 * 30)) {
  Guards guards = ledger_test::no_guards();
  guards.limits.aging = how;
  guards.limits.window = window;
  return guards;
}

// Time in which the program runs: the ledger looks at its clock now and then.
void pass(OpenLedger& ledger, std::chrono::minutes time) {
  ledger.clock.advance(time);
  ASSERT_TRUE(ledger->settle(std::chrono::seconds(10)));
}

TEST(Aging, AnAddressGoesAfterItsWindowAndAfterItsNamesWereAskedForOnceMore) {
  const Folder folder;
  OpenLedger ledger(folder, ledger_test::catalogue(), aging(Aging::window));
  Asked asked;
  ledger->set_asker(&asked);
  ledger.observe({seen(kAddress, "n.talk.test"), seen("74.125.140.126", "n.talk.test")});
  pass(ledger, hours(24 * 30) - minutes(1));
  EXPECT_TRUE(asked.names.empty());
  pass(ledger, minutes(2));
  EXPECT_THAT(asked.names, ElementsAre(std::pair<const std::string, int>("n.talk.test", 2)));
  EXPECT_EQ(ledger.published().size(), 3u) << "not before the answer could have come";
  ledger.observe({seen("74.125.140.126", "n.talk.test", 30 * 86400)});
  pass(ledger, hours(2));
  EXPECT_THAT(ledger.published(), ElementsAre("74.125.140.126", kKnown));
  EXPECT_EQ(ledger.entry(kAddress).state, State::expired);
  EXPECT_EQ(ledger.entry(kAddress).evidence.size(), 1u) << "what is known of it stays";
  ledger.observe({seen(kAddress, "n.talk.test", 31 * 86400)});
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, "74.125.140.126", kKnown)) << "it is back";
  ledger->set_asker(nullptr);
}

TEST(Aging, NothingAgesWhileUpstreamFails) {
  const Folder folder;
  OpenLedger ledger(folder, ledger_test::catalogue(), aging(Aging::window));
  ledger.observe({seen(kAddress)});
  ledger.health.report("upstream", "no server answers");
  for (int day = 0; day < 60; day++) pass(ledger, hours(24));
  ledger.health.report("upstream", "");
  pass(ledger, hours(2));
  pass(ledger, hours(2));
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
}

TEST(Aging, NothingAgesWhileTheProgramDoesNotRun) {
  const Folder folder;
  OpenLedger(folder, ledger_test::catalogue(), aging(Aging::window)).observe({seen(kAddress)});
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  ManualClock clock{at(365 * 86400)};
  Health health;
  Counters counters;
  const auto ledger = Ledger::open(*database, Database::Mode::read_write, ledger_test::catalogue(),
                                   aging(Aging::window), clock, health, counters)
                          .value();
  for (int i = 0; i < 5; i++) {
    clock.advance(hours(1));
    ASSERT_TRUE(ledger->settle(std::chrono::seconds(10)));
  }
  EXPECT_EQ(ledger->current()->profiles.at("chat").size(), 2u);
}

TEST(Aging, AClockThatJumpsByADayExpiresNothing) {
  const Folder folder;
  OpenLedger ledger(folder, ledger_test::catalogue(), aging(Aging::window, hours(12)));
  ledger.observe({seen(kAddress)});
  for (const int days : {1, 1, -2, -1, 1}) {
    ledger.clock.jump(hours(24 * days));
    pass(ledger, minutes(30));
    pass(ledger, minutes(30));
    EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown)) << days;
  }
}

TEST(Aging, ByTtlAnAddressGoesWhenItWasNotSeenInTwoRounds) {
  const Folder folder;
  OpenLedger ledger(folder, ledger_test::catalogue(), aging(Aging::ttl));
  Observation observation = seen(kAddress);
  observation.ttl_s = 300;
  ledger.observe({observation});
  pass(ledger, minutes(124));
  pass(ledger, minutes(80));
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
  pass(ledger, minutes(80));
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
}

TEST(Aging, KnownAndHandAddedAddressesStay) {
  const Folder folder;
  OpenLedger ledger(folder, ledger_test::catalogue(), aging(Aging::window, hours(1)));
  Observation by_hand = seen(kAddress), imported = seen("74.125.140.126");
  by_hand.vantage = {VantageKind::hand, "alice"};
  imported.vantage = {VantageKind::import, "netstat"};
  ledger.observe({by_hand, imported});
  for (int i = 0; i < 5; i++) pass(ledger, hours(3));
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
}

TEST(Aging, NeverMeansNever) {
  const Folder folder;
  OpenLedger ledger(folder, ledger_test::catalogue(), aging(Aging::never, hours(1)));
  ledger.observe({seen(kAddress)});
  for (int i = 0; i < 5; i++) pass(ledger, hours(3));
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
}

TEST(Aging, FreshnessIsByWhenAnAddressWasSeenLast) {
  EXPECT_EQ(freshness(at(0), at(86400)), Freshness::hot);
  EXPECT_EQ(freshness(at(0), at(86401)), Freshness::warm);
  EXPECT_EQ(freshness(at(0), at(7 * 86400 + 1)), Freshness::cold);
  EXPECT_EQ(freshness(at(10), at(0)), Freshness::hot) << "a clock that was set back makes nothing old";
}

}  // namespace
}  // namespace sinkfeed
