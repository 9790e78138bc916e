#include "resolver/round_queue.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

TEST(RoundQueue, GivesNothingBeforeItIsDue) {
  RoundQueue queue;
  const SteadyTime now{};
  queue.put(name("a.test"), {now + 10s, now + 1h, 1});
  EXPECT_FALSE(queue.take(now + 9s));
  EXPECT_EQ(queue.next_due(), now + 10s);
  EXPECT_EQ(queue.take(now + 10s), name("a.test"));
  EXPECT_FALSE(queue.take(now + 10s));
}

TEST(RoundQueue, WhatPromisesMostGoesFirst) {
  RoundQueue queue;
  const SteadyTime now{};
  queue.put(name("little.test"), {now, now + 1h, 0.1});
  queue.put(name("much.test"), {now + 5s, now + 1h, 2.5});
  EXPECT_EQ(queue.take(now + 5s), name("much.test"));
  EXPECT_EQ(queue.take(now + 5s), name("little.test"));
}

TEST(RoundQueue, WhoseTimeIsOverGoesBeforeThat) {
  RoundQueue queue;
  const SteadyTime now{};
  queue.put(name("much.test"), {now, now + 2h, 2.5});
  queue.put(name("late.test"), {now, now + 1h, 0});
  queue.put(name("later.test"), {now, now + 30min, 0});
  EXPECT_EQ(queue.take(now + 1h), name("later.test"));
  EXPECT_EQ(queue.take(now + 1h), name("late.test"));
  EXPECT_EQ(queue.take(now + 1h), name("much.test"));
}

TEST(RoundQueue, ANameWaitsOnce) {
  RoundQueue queue;
  const SteadyTime now{};
  queue.put(name("a.test"), {now, now, 1});
  EXPECT_TRUE(queue.has_due(now));
  queue.put(name("a.test"), {now + 1s, now + 1s, 1});
  EXPECT_FALSE(queue.take(now));
  queue.remove(name("a.test"));
  EXPECT_FALSE(queue.contains(name("a.test")));
  EXPECT_FALSE(queue.take(now + 1h));
}

// With room for a tenth of what is due, names that promise nothing still come by their deadline, and those that promise
// much come far more often.
TEST(RoundQueue, NoneIsLeftOutWhenThereIsNeverRoomForAll) {
  RoundQueue queue;
  SteadyTime now{};
  const auto put = [&](int i) {
    queue.put(name("n" + std::to_string(i) + ".test"), {now + 1s, now + 100s, i < 5 ? 1.0 : 0.0});
  };
  for (int i = 0; i < 50; i++) put(i);
  std::map<int, int> turns;
  std::map<int, SteadyTime> last;
  for (int second = 0; second < 2000; second++, now += 1s) {
    for (int room = 0; room < 5; room++) {
      const auto taken = queue.take(now);
      if (!taken) break;
      const int i = std::stoi(taken->text().substr(1));
      if (!turns[i]++) last[i] = now;
      EXPECT_LE(now - last[i], 112s) << "a deadline, and the turns of those before it";
      last[i] = now;
      put(i);
    }
  }
  for (int i = 5; i < 50; i++) EXPECT_GE(turns[i], 17);
  for (int i = 0; i < 5; i++) EXPECT_GE(turns[i], 1500);
}

}  // namespace
}  // namespace sinkfeed
