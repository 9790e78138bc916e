// Which upstream server is asked: RFC 9520 3.2 and what users expect of several servers.
#include "resolver/server_health.hpp"

#include <gtest/gtest.h>

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

ServerHealth::Choice choose(ServerHealth& health, SteadyTime now, std::uint16_t dice) {
  ServerHealth::Choice choice;
  health.choose(now, dice, choice);
  return choice;
}

TEST(ServerHealth, PrefersTheFastAndProbesOthersBesideIt) {
  ServerHealth health(3, 2s);
  EXPECT_TRUE(choose(health, {}, 1).beside) << "nothing is known: two are asked";
  health.answered(0, 50ms), health.answered(1, 5ms), health.answered(2, 20ms);
  EXPECT_EQ(choose(health, {}, 1).order, (std::vector<std::size_t>{1, 2, 0, 1}));
  EXPECT_FALSE(choose(health, {}, 1).beside);
  EXPECT_EQ(choose(health, {}, 20).order.front(), 1u) << "nobody waits for a probe";
  EXPECT_EQ(choose(health, {}, 20).beside, 0u);
  EXPECT_EQ(choose(health, {}, 40).beside, 2u);
}

TEST(ServerHealth, Rfc9520_3_2_AvoidsWhoFailsTwiceForLongerEachTimeAndForgivesWhoAnswers) {
  ServerHealth health(2, 2s);
  const SteadyTime now{1h};
  health.answered(0, 1ms), health.answered(1, 9ms);
  health.failed(0, now);
  EXPECT_FALSE(health.is_avoided(0, now));
  health.failed(0, now);
  EXPECT_TRUE(health.is_avoided(0, now));
  EXPECT_EQ(choose(health, now, 20).order.front(), 1u);
  EXPECT_FALSE(choose(health, now, 20).beside);
  EXPECT_FALSE(health.is_avoided(0, now + 1s));
  EXPECT_EQ(choose(health, now + 1s, 1).order, (std::vector<std::size_t>{1, 0, 1})) << "nobody waits for it";
  EXPECT_EQ(choose(health, now + 2s, 1).beside, 0u) << "but it is tried again beside the other,";
  EXPECT_FALSE(choose(health, now + 2s, 1).beside) << "by one question";
  health.failed(0, now + 4s);
  EXPECT_TRUE(health.is_avoided(0, now + 5s)) << "and avoided for longer";
  health.answered(0, 1ms);
  EXPECT_EQ(choose(health, now + 5s, 1).order.front(), 0u);
}

TEST(ServerHealth, WhoOnlyRefusesComesAfterWhoHelps) {
  ServerHealth health(2, 2s);
  health.answered(1, 9ms);
  for (int i = 0; i < 4; i++) health.answered(0, 1ms, true);
  EXPECT_EQ(choose(health, {}, 1).order.front(), 1u);
  health.answered(0, 1ms);
  EXPECT_EQ(choose(health, {}, 1).order.front(), 0u);
}

TEST(ServerHealth, WhoNeverAnsweredIsNotTheFastest) {
  ServerHealth health(2, 2s);
  health.answered(1, 9ms);
  EXPECT_EQ(choose(health, {}, 1).order.front(), 1u);
  EXPECT_EQ(choose(health, {}, 20).beside, 0u) << "but it is tried";
  health.answered(0, 1ms);
  EXPECT_EQ(choose(health, {}, 1).order.front(), 0u);
}

TEST(ServerHealth, WaitsAFewTimesAsLongAsItTookLately) {
  ServerHealth health(1, 2s);
  EXPECT_EQ(health.patience(0), 400ms);
  health.answered(0, 1ms);
  EXPECT_EQ(health.patience(0), 200ms);
  for (int i = 0; i < 100; i++) health.answered(0, 100ms);
  EXPECT_NEAR(static_cast<double>(health.patience(0).count()), 400'000, 10'000);
}

}  // namespace
}  // namespace sinkfeed
