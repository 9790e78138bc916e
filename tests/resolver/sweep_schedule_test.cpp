#include "resolver/sweep_schedule.hpp"

#include <gtest/gtest.h>

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

SweptName swept(std::string_view text, bool from_profile) {
  return {{name(text), name(text), "chat"}, nullptr, from_profile, {1, 28}, {}, 0, std::nullopt};
}

struct Schedule : testing::Test {
  Settings::Sweep settings;
  SweepSchedule schedule{settings};
  SteadyTime now{};
  // One round whose answers had this TTL; returns when the next is due.
  SteadyTime round(std::optional<std::uint32_t> ttl) {
    SweptName* due = schedule.take_due(now);
    EXPECT_TRUE(due);
    due->smallest_ttl = ttl;
    schedule.finish(*due, now);
    return *schedule.next_due();
  }
};

TEST_F(Schedule, ANewNameIsDueAtOnceAndAKnownOneIsNot) {
  EXPECT_TRUE(schedule.add(swept("a.test", true), now));
  EXPECT_FALSE(schedule.add(swept("a.test", true), now));
  EXPECT_EQ(schedule.take_due(now)->target.name, name("a.test"));
  EXPECT_FALSE(schedule.take_due(now));
}

TEST_F(Schedule, ComesBackWhenTheTtlRunsOut) {
  schedule.add(swept("a.test", true), now);
  const SteadyTime due = round(300);
  EXPECT_GE(due, now + 300s);
  EXPECT_LE(due, now + 330s);
  EXPECT_FALSE(schedule.take_due(now + 299s));
  EXPECT_TRUE(schedule.take_due(due));
}

TEST_F(Schedule, HoldsTheIntervalBetweenItsLimits) {
  schedule.add(swept("a.test", true), now);
  EXPECT_GE(round(1), now + settings.min_interval);
  now += 2h;
  EXPECT_LE(round(86400), now + settings.max_interval + settings.max_interval / 10);
  now += 2h;
  EXPECT_LE(round(std::nullopt), now + settings.min_interval + settings.min_interval / 10) << "no answer: soon again";
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
