// What the feeds change by themselves and what waits for a person.
#include "store/feed_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/ledger.hpp"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::at;
using ledger_test::catalogue;
using ledger_test::chat_profile;
using ledger_test::Folder;
using ledger_test::ip;
using ledger_test::name;
using ledger_test::no_guards;
using ledger_test::OpenLedger;
using ledger_test::seen;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kKnown = "216.239.37.125";

std::string address(int number) { return "74.125.140." + std::to_string(number); }

std::vector<Observation> pool(int from, int to, std::string_view target = "talk.test") {
  std::vector<Observation> observations;
  for (int i = from; i < to; i++) observations.push_back(seen(address(i), target));
  return observations;
}

std::shared_ptr<const Catalogue> without_web() { return catalogue({Tier::core}); }

TEST(FeedGate, CountsWhatGoesWithinAnHour) {
  FeedGate gate;
  const FeedGate::Limits limits{50, 0};
  const SteadyTime start{};
  EXPECT_TRUE(gate.decide("chat", {100, 0, 30}, limits, at(0), start).may_go);
  EXPECT_TRUE(gate.decide("chat", {70, 0, 20}, limits, at(1), start).may_go) << "50 of 100";
  EXPECT_FALSE(gate.decide("chat", {50, 0, 1}, limits, at(2), start).may_go);
  EXPECT_TRUE(gate.decide("chat", {50, 1000, 0}, limits, at(2), start).may_come) << "shrinkage holds nothing else";
  EXPECT_FALSE(gate.decide("chat", {50, 0, 1}, limits, at(2), start + std::chrono::hours(2)).may_go)
      << "until a person says so";
  EXPECT_TRUE(gate.decide("mail", {50, 0, 1}, limits, at(2), start).may_go) << "another profile";
  gate.release();
  EXPECT_TRUE(gate.decide("chat", {50, 0, 1}, limits, at(3), start).may_go);
}

TEST(FeedGate, AnHourLaterItCountsAnew) {
  FeedGate gate;
  const FeedGate::Limits limits{50, 100};
  const SteadyTime start{};
  EXPECT_TRUE(gate.decide("chat", {100, 90, 40}, limits, at(0), start).may_go);
  const auto later = gate.decide("chat", {60, 90, 30}, limits, at(0), start + std::chrono::hours(1));
  EXPECT_TRUE(later.may_go);
  EXPECT_TRUE(later.may_come);
}

TEST(FeedGate, FewMayAlwaysGo) {
  FeedGate gate;
  EXPECT_TRUE(gate.decide("chat", {10, 0, 10}, {50, 0}, at(0), {}).may_go);
  EXPECT_TRUE(gate.decide("mail", {1000, 5000, 1000}, {0, 0}, at(0), {}).may_go) << "no limit";
}

TEST(FeedGate, IsReadAsItWasWritten) {
  FeedGate gate;
  gate.set_back({3, 9, at(7), "ann", "too much"});
  EXPECT_EQ(FeedGate::decode(gate.encode()).value().pin(), gate.pin());
  gate.release();
  (void)gate.decide("chat", {100, 0, 60}, {50, 0}, at(5), {});
  EXPECT_EQ(FeedGate::decode(gate.encode()).value().holds(), gate.holds());
  EXPECT_FALSE(FeedGate::decode(gate.encode()).value().is_open());
  EXPECT_FALSE(FeedGate::decode("\x0a\x05junk").has_value());
}

TEST(HeldBack, TooManyAtOnceDoNotGoUntilTheyAreReleased) {
  const Folder folder;
  std::uint64_t before = 0;
  {
    OpenLedger ledger(folder);
    ledger.observe(pool(0, 40, "web.test"));
    ledger.observe(pool(40, 60));
    before = ledger->current()->number;
    ledger->reconfigure(without_web(), no_guards());  // no covered name leads to 40 of 61 any more
    EXPECT_EQ(ledger.published().size(), 61u);
    EXPECT_EQ(ledger.entry(address(0)).state, State::held);
    EXPECT_TRUE(ledger.entry(address(0)).waits);
    EXPECT_FALSE(ledger.entry(address(50)).waits);
    EXPECT_THAT(ledger.health.warnings()["feeds"], HasSubstr("40 addresses of chat would go"));
    EXPECT_TRUE(ledger.health.problems().empty());
  }
  OpenLedger ledger(folder, without_web());
  EXPECT_EQ(ledger.published().size(), 61u) << "a restart releases nothing";
  EXPECT_EQ(ledger->current()->number, before);
  EXPECT_THAT(ledger.health.warnings()["feeds"], HasSubstr("40 addresses"));
  const FeedsHeldBack held = ledger->held_back(5);
  EXPECT_EQ(held.all, 40u);
  EXPECT_EQ(held.profiles.at("chat").going, 40u);
  ASSERT_EQ(held.waiting.size(), 5u);
  EXPECT_FALSE(held.waiting[0].added);
  EXPECT_THAT(held.waiting[0].reason, HasSubstr("no covered name"));

  ledger.observe({seen("74.125.141.1")});
  EXPECT_THAT(ledger.published(), Contains("74.125.141.1")) << "what comes is not held back by what would go";
  EXPECT_EQ(ledger->release_feeds("ann", "the web client is theirs").value(), 40u);
  EXPECT_EQ(ledger.published().size(), 22u);
  EXPECT_TRUE(ledger.health.warnings().empty());
  EXPECT_FALSE(ledger->release_feeds("ann", "again").has_value());
  EXPECT_EQ(ledger->actions(1, std::nullopt).value().at(0).what, "release feeds");
}

TEST(HeldBack, WhatTheOfficeNeedsGoesWhateverTheNumber) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe(pool(0, 40));
  std::vector<NameObservation> needed;
  for (int i = 0; i < 40; i++) needed.push_back({name("www.test"), ip(address(i)), at(1), 1, ip("10.0.0.7")});
  ledger->observe_names(std::move(needed));
  ledger.observe({});
  EXPECT_THAT(ledger.published(), ElementsAre(kKnown));
  EXPECT_TRUE(ledger.health.warnings().empty());
}

TEST(HeldBack, WhatCameBackNeedNotBeReleased) {
  const Folder folder;
  OpenLedger ledger(folder);
  ledger.observe(pool(0, 40, "web.test"));
  ledger->reconfigure(without_web(), no_guards());
  EXPECT_EQ(ledger->held_back(0).all, 40u);
  ledger->reconfigure(catalogue(), no_guards());
  EXPECT_EQ(ledger->held_back(0).all, 0u);
  EXPECT_EQ(ledger.published().size(), 41u);
}

TEST(HeldBack, TooManyNewOnesDoNotCome) {
  const Folder folder;
  Guards guards = no_guards();
  guards.feed_limits.max_growth = 20;
  OpenLedger ledger(folder, catalogue(), guards);
  ledger.observe(pool(0, 15));
  EXPECT_EQ(ledger.published().size(), 16u);
  ledger.observe(pool(15, 40));
  EXPECT_EQ(ledger.published().size(), 16u);
  EXPECT_EQ(ledger->held_back(0).profiles.at("chat").coming, 25u);
  auto by_hand = seen("74.125.141.1");
  by_hand.vantage = {VantageKind::hand, "ann"};
  ledger.observe({by_hand});
  EXPECT_THAT(ledger.published(), Contains("74.125.141.1")) << "a person's word is no growth";
  ASSERT_TRUE(ledger->release_feeds("ann", "a larger pool").has_value());
  EXPECT_EQ(ledger.published().size(), 42u);
}

class RolledBack : public testing::Test {
 protected:
  void SetUp() override {
    ledger_.emplace(folder_);
    ledger_->observe(pool(0, 5));
    first_ = (*ledger_)->current()->number;
    then_ = ledger_->published();
    ledger_->observe(pool(5, 9));
    ASSERT_TRUE((*ledger_)->forget(ip(address(1)), std::nullopt, "ann", "", std::nullopt).has_value());
    ASSERT_TRUE((*ledger_)
                    ->decide(ip(address(2)), std::nullopt, {Ruling::Kind::hold, at(0), std::nullopt, "ann", "wrong"})
                    .has_value());
    last_ = (*ledger_)->current()->number;
  }
  void restart() {
    ledger_.reset();
    ledger_.emplace(folder_);
  }

  const Folder folder_;
  std::optional<OpenLedger> ledger_;
  std::uint64_t first_ = 0, last_ = 0;
  std::vector<std::string> then_;
};

TEST_F(RolledBack, IsEqualToThatGenerationUnderANewNumber) {
  const auto done = (*ledger_)->roll_back(first_, "ann", "it was too much").value();
  EXPECT_EQ(done.generation, last_ + 1);
  EXPECT_EQ(done.kept_out, 0u);
  EXPECT_EQ(ledger_->published(), then_) << "what was forgotten and what was held since, too";
  EXPECT_THAT(ledger_->health.warnings()["feeds"], HasSubstr("as in generation " + std::to_string(first_)));
  restart();
  EXPECT_EQ(ledger_->published(), then_);
  EXPECT_EQ((*ledger_)->current()->number, last_ + 1);
  EXPECT_EQ((*ledger_)->generation(last_).value()->profiles.at("chat").size(), 8u)
      << "what was in between is still known";
}

TEST_F(RolledBack, NothingComesInUntilItIsReleased) {
  ASSERT_TRUE((*ledger_)->roll_back(first_, "ann", "it was too much").has_value());
  ledger_->observe(pool(20, 25));
  restart();
  ledger_->observe(pool(25, 30));
  EXPECT_EQ(ledger_->published(), then_);
  EXPECT_EQ((*ledger_)->release_feeds("ann", "all is well").value(), 4u + 10u + 2u);
  EXPECT_EQ(ledger_->published().size(), 1u + 9u - 2u + 10u);
  EXPECT_THAT(ledger_->published(), Not(Contains(address(1))));
  EXPECT_THAT(ledger_->published(), Not(Contains(address(2))));
  EXPECT_TRUE((*ledger_)->held_back(1).waiting.empty());
  restart();
  EXPECT_EQ(ledger_->published().size(), 1u + 9u - 2u + 10u);
}

TEST_F(RolledBack, WhatTheOfficeNeedsStillGoes) {
  ASSERT_TRUE((*ledger_)->roll_back(first_, "ann", "it was too much").has_value());
  (*ledger_)->observe_names({{name("www.test"), ip(address(3)), at(1), 1, ip("10.0.0.7")}});
  ledger_->observe({});
  EXPECT_THAT(ledger_->published(), Not(Contains(address(3))));
  ASSERT_TRUE((*ledger_)
                  ->decide(ip(address(4)), std::nullopt, {Ruling::Kind::hold, at(0), std::nullopt, "ann", "ours"})
                  .has_value());
  EXPECT_THAT(ledger_->published(), Not(Contains(address(4))));
}

TEST_F(RolledBack, AGuardOfTodayKeepsAnAddressOut) {
  Guards guards = no_guards();
  guards.never_block = {Network::parse(address(1) + "/32").value()};
  (*ledger_)->reconfigure(catalogue(), guards);
  EXPECT_EQ((*ledger_)->roll_back(first_, "ann", "it was too much").value().kept_out, 1u);
  EXPECT_EQ(ledger_->published().size(), then_.size() - 1);
}

TEST_F(RolledBack, ToWhatIsAlreadyThereStillStopsWhatComes) {
  ASSERT_TRUE((*ledger_)->roll_back(last_, "ann", "stay").has_value());
  const auto now = ledger_->published();
  ledger_->observe(pool(20, 25));
  EXPECT_EQ(ledger_->published(), now);
}

TEST_F(RolledBack, ThereMustBeSuchAGeneration) {
  EXPECT_FALSE((*ledger_)->roll_back(last_ + 10, "ann", "x").has_value());
  EXPECT_TRUE((*ledger_)->held_back(1).waiting.empty());
  EXPECT_FALSE((*ledger_)->held_back(1).pin);
}

}  // namespace
}  // namespace sinkfeed
