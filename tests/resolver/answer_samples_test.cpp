// What counts as a sample of a pool, and what is forgotten of it.
#include "resolver/answer_samples.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

IpAddress v4(unsigned number) {
  return IpAddress::v4(
      std::array<std::uint8_t, 4>{198, 18, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

class Samples : public testing::Test {
 protected:
  bool add(std::vector<IpAddress> addresses, std::chrono::seconds ttl, std::uint64_t asked = 1) {
    return samples.add(asked, addresses, ttl, now);
  }
  AnswerSamples samples{AnswerSamples::kOfATarget};
  SteadyTime now{};
};

TEST_F(Samples, AnAnswerThatACacheGivesAgainIsNone) {
  EXPECT_TRUE(add({v4(1), v4(2)}, 300s));
  now += 30s;
  EXPECT_FALSE(add({v4(2), v4(1)}, 270s)) << "in another order";
  now += 30s + 400ms;
  EXPECT_FALSE(add({v4(1), v4(2)}, 239s)) << "to the second";
  EXPECT_EQ(samples.estimate().answers, 1u);
}

TEST_F(Samples, AnotherAnswerIsOne) {
  EXPECT_TRUE(add({v4(1), v4(2)}, 300s));
  now += 30s;
  EXPECT_TRUE(add({v4(1), v4(3)}, 270s)) << "other addresses";
  EXPECT_TRUE(add({v4(1), v4(2)}, 300s)) << "a TTL that has not counted down";
  EXPECT_TRUE(add({v4(1), v4(2)}, 270s, 2)) << "to another question";
  EXPECT_FALSE(add({}, 300s)) << "no addresses";
  EXPECT_EQ(samples.estimate().answers, 4u);
}

TEST_F(Samples, SeveralCachesBehindOneServerAreToldApart) {
  EXPECT_TRUE(add({v4(1)}, 300s));
  EXPECT_TRUE(add({v4(2)}, 200s));
  now += 10s;
  EXPECT_FALSE(add({v4(1)}, 290s));
  EXPECT_FALSE(add({v4(2)}, 190s));
}

TEST_F(Samples, FamiliesAreEstimatedApart) {
  const auto v6 = IpAddress::parse("2001:db8::1").value();
  for (int i = 0; i < 3; i++, now += 10min) {
    add({v4(1), v4(2)}, 60s);
    add({v6}, 60s);
  }
  EXPECT_EQ(samples.estimate().seen, 3u);
  EXPECT_TRUE(samples.estimate().is_complete());
}

TEST_F(Samples, APoolThatMovesIsForgotten) {
  for (unsigned i = 0; i < 2000; i++, now += 1min) add({v4(i % 10)}, 60s);
  for (unsigned i = 0; i < 2000; i++, now += 1min) add({v4(100 + i % 10)}, 60s);
  EXPECT_EQ(samples.estimate().seen, 10u);
  now += AnswerSamples::kWindow + 1min;
  add({v4(5)}, 60s);
  EXPECT_EQ(samples.estimate().seen, 1u);
}

TEST_F(Samples, MemoryIsBounded) {
  AnswerSamples few(4);
  std::mt19937 random(1);
  for (unsigned i = 0; i < 10000; i++, now += 1s) {
    std::vector<IpAddress> answer;
    for (unsigned n = random() % 6; n; n--) answer.push_back(v4(static_cast<unsigned>(random() % 1000)));
    few.add(random() % 100, answer, std::chrono::seconds(random() % 100), now);
    ASSERT_LE(few.estimate().seen, 4u);
    ASSERT_LE(few.estimate().answers, 160u);
  }
}

}  // namespace
}  // namespace sinkfeed
