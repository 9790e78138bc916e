// What people decide of addresses: it is in force at once, outlasts a restart, ends by itself, and is on record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::at;
using ledger_test::Folder;
using ledger_test::ip;
using ledger_test::name;
using ledger_test::OpenLedger;
using ledger_test::seen;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kKnown = "216.239.37.125";
constexpr const char* kAddress = "74.125.140.125";

Ruling decided(Ruling::Kind kind, std::optional<WallTime> until = std::nullopt) {
  return {kind, at(0), until, "alice", "a reason"};
}

bool comes(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition() && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

std::vector<std::string> done(OpenLedger& ledger) {
  std::vector<std::string> what;
  for (const LedgerAction& action : ledger->actions(100, ip(kAddress)).value()) what.push_back(action.what);
  return what;
}

TEST(Decisions, AHeldAddressLeavesTheFeedAndStaysOutWhateverIsSeen) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.observe({seen(kAddress)});
    const auto entries = ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::hold)).value();
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].state, State::held);
    EXPECT_EQ(entries[0].reason, "held by alice: a reason");
    EXPECT_THAT(ledger.published(), ElementsAre(kKnown)) << "when it returns";
  }
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress, "more.talk.test")});
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  ASSERT_TRUE(ledger->undo(ip(kAddress), std::nullopt, "bob", "no more").has_value());
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
  EXPECT_THAT(done(ledger), ElementsAre("undo", "hold"));
  EXPECT_EQ(ledger->actions(1, std::nullopt).value().at(0).by, "bob");
}

TEST(Decisions, AnAllowedAddressIsNeverPublishedEvenBeforeItIsSeen) {
  const Folder folder;
  OpenLedger ledger(folder);
  ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::allow)).has_value());
  ledger.observe({seen(kAddress)});
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  EXPECT_EQ(ledger.entry(kAddress).state, State::allowed);
  EXPECT_EQ(ledger.entry(kAddress).reason, "allowed by alice: a reason");
}

TEST(Decisions, WhatWasOnlyDecidedOfAndNeverSeenIsGoneWhenThatIsUndone) {
  const Folder folder;
  OpenLedger ledger(folder);
  ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::hold)).has_value());
  ASSERT_TRUE(ledger->undo(ip(kAddress), std::nullopt, "bob", "").has_value());
  EXPECT_TRUE(ledger->find(ip(kAddress)).empty());
  EXPECT_FALSE(ledger->undo(ip(kAddress), std::nullopt, "bob", "").has_value()) << "nothing is left to undo";
}

TEST(Decisions, AReleasedAddressIsPublishedThoughOthersNeedIt) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger->observe_names({{name("www.test"), ip(kAddress), at(0), 1, ip("10.0.0.7")}});
  ledger.observe({seen(kAddress)});
  EXPECT_EQ(ledger.entry(kAddress).reason, "www.test needs it too");
  ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::release)).has_value());
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
  EXPECT_EQ(ledger.entry(kAddress).sharing, Sharing::shared) << "that stays true";
}

TEST(Decisions, NoReleaseGetsRoundAGuard) {
  const Folder folder;
  Guards guards = ledger_test::no_guards();
  guards.never_block = {Network::parse("74.125.0.0/16").value()};
  OpenLedger ledger(folder, ledger_test::catalogue(), guards);
  ledger.observe({seen(kAddress)});
  const auto entries = ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::release)).value();
  EXPECT_EQ(entries.at(0).reason, "feed.never_block 74.125.0.0/16");
  const auto unknown = ledger->decide(ip("74.125.1.1"), std::nullopt, decided(Ruling::Kind::release));
  ASSERT_FALSE(unknown.has_value());
  EXPECT_THAT(unknown.error().what, HasSubstr("not in the ledger"));
}

TEST(Decisions, EndWhenTheirTimeIsOverAndNotWhenTheClockJumps) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  const auto two_hours = at(7200);
  ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::hold, two_hours)).has_value());
  EXPECT_EQ(ledger.entry(kAddress).reason, "held by alice until " + format_second(two_hours) + ": a reason");
  ledger.clock.jump(std::chrono::hours(24));
  ledger.observe({});
  EXPECT_EQ(ledger.entry(kAddress).state, State::held) << "the wall clock says that it is over, but it is not";
  ledger.clock.jump(-std::chrono::hours(48));
  ledger.clock.advance(std::chrono::minutes(119));
  ledger.observe({});
  EXPECT_EQ(ledger.entry(kAddress).state, State::held);
  ledger.clock.advance(std::chrono::minutes(2));
  EXPECT_TRUE(comes([&] { return ledger.entry(kAddress).state == State::published; }));
  EXPECT_TRUE(comes([&] { return done(ledger) == std::vector<std::string>{"hold ended", "hold"}; }));
}

TEST(Decisions, EndAfterARestartToo) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.observe({seen(kAddress)});
    ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::hold, at(100))).has_value());
  }
  OpenLedger ledger(folder);
  EXPECT_EQ(ledger.entry(kAddress).state, State::held);
  ledger.clock.advance(std::chrono::seconds(101));
  EXPECT_TRUE(comes([&] { return ledger.entry(kAddress).state == State::published; }));
}

TEST(Decisions, ALaterDecisionIsNotEndedByTheEndOfAnEarlierOne) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::hold, at(100))).has_value());
  ASSERT_TRUE(ledger->decide(ip(kAddress), std::nullopt, decided(Ruling::Kind::allow, at(1000))).has_value());
  ledger.clock.advance(std::chrono::seconds(200));
  ledger.observe({});
  EXPECT_EQ(ledger.entry(kAddress).state, State::allowed);
  ledger.clock.advance(std::chrono::seconds(900));
  EXPECT_TRUE(comes([&] { return ledger.entry(kAddress).state == State::published; }));
}

TEST(Decisions, AForgottenAddressIsGoneAndComesBackWhenItIsSeen) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  ASSERT_TRUE(ledger->forget(ip(kAddress), std::nullopt, "alice", "a mistake", std::nullopt).has_value());
  EXPECT_TRUE(ledger->find(ip(kAddress)).empty());
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  EXPECT_EQ(ledger->generations(1).value().at(0).changes.at(0).reason, "forgotten by a person");
  ledger.observe({seen(kAddress)});
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
  EXPECT_FALSE(ledger->forget(ip("9.9.9.9"), std::nullopt, "alice", "", std::nullopt).has_value());
}

TEST(Decisions, AnAddressWhoseTimesAreUnwrittenCanBeForgotten) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  ledger->observe({seen(kAddress, "talk.test", 10)}, {});
  ASSERT_TRUE(ledger->judged(std::chrono::seconds(10)));
  ASSERT_TRUE(ledger->forget(ip(kAddress), std::nullopt, "alice", "a mistake", std::nullopt).has_value());
  ledger.observe({});
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
}

TEST(Decisions, OneThatIsForgottenForATimeIsNotTakenUpBefore) {
  const Folder folder;
  {
    OpenLedger ledger(folder);
    ledger.observe({seen(kAddress)});
    ASSERT_TRUE(ledger->forget(ip(kAddress), std::nullopt, "alice", "a test of theirs", at(100)).has_value());
  }
  OpenLedger ledger(folder);
  ledger.observe({seen(kAddress)});
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  ledger.clock.advance(std::chrono::seconds(101));
  ledger.observe({});
  ledger.observe({seen(kAddress)});
  EXPECT_THAT(ledger.published(), ElementsAre(kAddress, kKnown));
}

}  // namespace
}  // namespace sinkfeed
