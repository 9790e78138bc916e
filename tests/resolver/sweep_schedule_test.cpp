#include "resolver/sweep_schedule.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

SweptName swept(std::string_view text, bool from_profile) {
  SweptName made;
  made.target = {name(text), name(text), "chat"};
  made.from_profile = from_profile;
  made.types = {1, 28};
  return made;
}

IpAddress address(int number) {
  return IpAddress::v4(std::array<std::uint8_t, 4>{198, 18, 0, static_cast<std::uint8_t>(number)});
}

struct Schedule : testing::Test {
  Settings::Sweep settings;
  SweepSchedule schedule{settings};
  SteadyTime now{};
  // One round whose answers had this TTL; returns how long it is to the next.
  SteadyTime::duration round(std::optional<std::uint32_t> ttl) {
    SweptName* due = schedule.take_due(now);
    EXPECT_TRUE(due);
    return finish(*due, ttl);
  }
  SteadyTime::duration finish(SweptName& name, std::optional<std::uint32_t> ttl) {
    name.plain.smallest_ttl = ttl;
    schedule.finish(name, now);
    return *schedule.next_due() - now;
  }
  // A round that showed this address, as a new sample or from a cache.
  SteadyTime::duration round_with(int shown, std::uint32_t ttl, bool is_cached = false) {
    SweptName* due = schedule.take_due(now);
    const IpAddress one = address(shown);
    if (!is_cached) due->plain.brought_samples = due->samples.add(++questions, std::span(&one, 1), ttl * 1s, now);
    return finish(*due, ttl);
  }
  std::uint64_t questions = 0;
};

TEST_F(Schedule, ANewNameIsDueAtOnceAndAKnownOneIsNot) {
  EXPECT_TRUE(schedule.add(swept("a.test", true), now));
  EXPECT_FALSE(schedule.add(swept("a.test", true), now));
  EXPECT_EQ(schedule.take_due(now)->target.name, name("a.test"));
  EXPECT_FALSE(schedule.take_due(now));
}

TEST_F(Schedule, ComesBackWhenTheTtlRunsOut) {
  schedule.add(swept("a.test", true), now);
  const SteadyTime::duration wait = round(300);
  EXPECT_GE(wait, 300s);
  EXPECT_LE(wait, 330s);
  EXPECT_FALSE(schedule.take_due(now + 299s));
  EXPECT_TRUE(schedule.take_due(now + wait));
}

TEST_F(Schedule, HoldsTheIntervalBetweenItsLimits) {
  schedule.add(swept("a.test", true), now);
  EXPECT_GE(round(1), settings.min_interval);
  now += 2h;
  EXPECT_LE(round(86400), settings.max_interval + settings.max_interval / 10);
  now += 2h;
  EXPECT_LE(round(std::nullopt), settings.min_interval + settings.min_interval / 10) << "no answer: soon again";
}

TEST_F(Schedule, ComesBackSoonWhileMuchIsUnseenAndAtTheTtlWhenAllIsSeen) {
  schedule.add(swept("a.test", true), now);
  for (int i = 0; i < 5; i++) {
    const auto wait = round_with(i, 300);
    EXPECT_LE(wait, settings.min_interval * 11 / 10) << i;
    now += wait;
  }
  SteadyTime::duration wait{};
  for (int i = 0; i < 60; i++) now += wait = round_with(i % 5, 300);
  EXPECT_GE(wait, 300s);
}

TEST_F(Schedule, AsksACacheBeforeTheTtlRunsOutEverMoreSeldom) {
  schedule.add(swept("a.test", true), now);
  // A cache gives an address for 300 s, and then another.
  now += round_with(0, 300);
  int early = 0, rounds = 0;
  SteadyTime expires = SteadyTime{} + 300s;
  for (int shown = 1; shown < 40; rounds++) {
    const bool is_cached = now < expires;
    early += is_cached;
    if (!is_cached) expires = now + 300s;
    const auto left = std::chrono::ceil<std::chrono::seconds>(expires - now);
    now += round_with(is_cached ? shown : shown++, static_cast<std::uint32_t>(left.count()), is_cached);
  }
  EXPECT_LE(early, 8) << "of " << rounds;
}

TEST_F(Schedule, WhenThereIsNoRoomForAllGoesWhereMostIsUnseenAndLeavesNobodyOut) {
  for (const char* text : {"pool.test", "one.test", "two.test"}) schedule.add(swept(text, true), now);
  std::map<std::string, int> turns;
  std::map<std::string, SteadyTime> last;
  // One round a minute, where three would be due.
  for (int minute = 0; minute < 600; minute++, now += 60s) {
    SweptName* due = schedule.take_due(now);
    ASSERT_TRUE(due);
    const std::string text = due->target.name.text();
    if (!turns[text]++) last[text] = now;
    EXPECT_LE(now - last[text], settings.max_interval + 3min) << text;
    last[text] = now;
    due->plain.questions = 2;
    const IpAddress one = address(text == "pool.test" ? minute % 256 : 1);
    due->plain.brought_samples = due->samples.add(++questions, std::span(&one, 1), 60s, now);
    finish(*due, 60);
  }
  EXPECT_GT(turns["pool.test"], 500);
  EXPECT_GE(turns["one.test"], 9);
  EXPECT_GE(turns["two.test"], 9);
}

TEST_F(Schedule, ARoundForClientSubnetsFollowsTheFirstPlainOne) {
  settings.subnets = {Network::parse("198.51.100.0/24").value()};
  schedule = SweepSchedule(settings);
  SweptName never = swept("mail.test", true);
  const NeverRule rule{name("mail.test"), Match::exact, "mail"};
  never.never = &rule;
  schedule.add(swept("a.test", true), now);
  schedule.add(std::move(never), now);
  EXPECT_FALSE(schedule.take_due_for_subnets(now));
  for (int i = 0; i < 2; i++) schedule.finish(*schedule.take_due(now), now);
  std::set<std::string> begun;
  for (int i = 0; i < 2; i++) {
    SweptName* due = schedule.take_due_for_subnets(now);
    ASSERT_TRUE(due);
    begun.insert(due->target.name.text());
    due->subnets.smallest_ttl = 60;
    schedule.finish_subnets(*due, now, true);
  }
  EXPECT_EQ(begun, (std::set<std::string>{"a.test", "mail.test"}));
  SweptName* again = schedule.take_due_for_subnets(now + 70s);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->target.name, name("a.test"));
  EXPECT_FALSE(schedule.take_due_for_subnets(now + 70s)) << "never-listed names wait for max_interval";
  schedule.finish_subnets(*again, now, false);
  EXPECT_FALSE(schedule.take_due_for_subnets(now + 50min)) << "and names that are the same everywhere";
}

TEST_F(Schedule, ForgetsWhatNobodyWantsButNeverAProfilesNames) {
  schedule.add(swept("profile.test", true), now);
  schedule.add(swept("asked.test", false), now);
  now += SweepSchedule::kForgetAfter + 1s;
  for (int i = 0; i < 2; i++) schedule.finish(*schedule.take_due(now), now);
  EXPECT_TRUE(schedule.find(name("profile.test")));
  EXPECT_FALSE(schedule.find(name("asked.test")));
}

}  // namespace
}  // namespace sinkfeed
