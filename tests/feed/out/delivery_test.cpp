// What is sent again after a connection has broken, and what is waited for while an export is taken.
#include <gtest/gtest.h>

#include <thread>

#include "feed/out/delivery_marks.hpp"
#include "feed/out/export_stream.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

TEST(DeliveryMarks, WhatMayLieInABufferIsNotCertain) {
  DeliveryMarks marks({100});
  const SteadyTime start{};
  marks.sent(1000, {110}, start);
  marks.flows(start + 1s);
  EXPECT_EQ(marks.certain(), HistoryPosition{100});
  marks.sent(1000, {120}, start + 30s);
  marks.flows(start + 60s);
  EXPECT_EQ(marks.certain(), HistoryPosition{110}) << "it was read long ago";
  marks.broke_off();
  marks.flows(start + 600s);
  EXPECT_EQ(marks.certain(), HistoryPosition{110}) << "what broke off with the connection never becomes certain";
}

TEST(DeliveryMarks, WhatLiesBeyondAllBuffersIsCertain) {
  DeliveryMarks marks({0});
  const SteadyTime now{};
  for (std::uint64_t i = 1; i <= 20; ++i) marks.sent(1 << 20, {i}, now);
  marks.flows(now);
  EXPECT_EQ(marks.certain(), HistoryPosition{12});
  marks.all_read();
  EXPECT_EQ(marks.certain(), HistoryPosition{20});
}

TEST(DeliveryMarks, WhatIsNotWantedNeedsNoDelivery) {
  DeliveryMarks marks({5});
  marks.sent(0, {50}, SteadyTime{});
  EXPECT_EQ(marks.certain(), HistoryPosition{50});
  marks.sent(10, {60}, SteadyTime{});
  marks.sent(0, {70}, SteadyTime{});
  EXPECT_EQ(marks.certain(), HistoryPosition{50}) << "not before what was sent before it";
  marks.all_read();
  EXPECT_EQ(marks.certain(), HistoryPosition{70});
}

TEST(ExportStream, WhoMakesItWaitsForWhoTakesIt) {
  ExportStream stream;
  std::atomic<int> pushed{0};
  std::jthread maker([&](const std::stop_token& stop) {
    for (; pushed < 10; ++pushed) ASSERT_TRUE(stream.push(std::string(ExportStream::kMostUnsent, 'x'), stop));
    stream.finish("");
  });
  std::size_t taken = 0;
  while (!stream.has_ended()) {
    EXPECT_LE(pushed, static_cast<int>(taken / ExportStream::kMostUnsent) + 2);
    taken += stream.take().bytes.size();
    std::this_thread::yield();
  }
  EXPECT_EQ(taken, 10 * ExportStream::kMostUnsent);
  EXPECT_EQ(stream.trailer(), "Sinkfeed-Complete: yes");
}

TEST(ExportStream, IsGivenUpWhenTheClientIsGoneOrTheDaemonStops) {
  for (const bool by_stop : {true, false}) {
    ExportStream stream;
    std::stop_source stop;
    EXPECT_TRUE(stream.push(std::string(ExportStream::kMostUnsent, 'x'), stop.get_token()));
    std::jthread other([&] { by_stop ? static_cast<void>(stop.request_stop()) : stream.leave(); });
    EXPECT_FALSE(stream.push("y", stop.get_token()));
  }
}

TEST(ExportStream, ADamageIsOneFieldWhateverItSays) {
  ExportStream stream;
  stream.finish("a block\r\nX: y");
  EXPECT_EQ(stream.trailer(), "Sinkfeed-Damage: a block  X: y");
}

}  // namespace
}  // namespace sinkfeed
