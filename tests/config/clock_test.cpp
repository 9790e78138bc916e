// Times as text, and the clock that tests turn.
#include "config/clock.hpp"

#include <gtest/gtest.h>

namespace sinkfeed {
namespace {

constexpr WallTime kNow{std::chrono::microseconds{1'795'430'300'123'456}};

std::string read(std::string_view text) { return format_time(parse_time(text, kNow).value()); }

TEST(Time, IsWrittenInUtcWithMilliseconds) {
  EXPECT_EQ(format_time(WallTime{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_time(kNow), "2026-11-23T10:38:20.123456Z");
  EXPECT_EQ(format_time(WallTime{std::chrono::microseconds{-1}}), "1969-12-31T23:59:59.999999Z");
}

TEST(Time, IsReadAsRfc3339DateOrAge) {
  EXPECT_EQ(read("2026-11-23T10:38:20Z"), "2026-11-23T10:38:20.000000Z");
  EXPECT_EQ(read("2026-11-23t10:38:20.5z"), "2026-11-23T10:38:20.500000Z");
  EXPECT_EQ(parse_time("2026-11-23T10:38:20.123456789Z", kNow).value(), kNow);
  EXPECT_EQ(read("2026-11-23T00:30:00+01:00"), "2026-11-22T23:30:00.000000Z");
  EXPECT_EQ(read("2026-11-23 00:30:00-05:30"), "2026-11-23T06:00:00.000000Z");
  EXPECT_EQ(read("2016-12-31T23:59:60Z"), "2017-01-01T00:00:00.000000Z");
  EXPECT_EQ(read("2024-02-29"), "2024-02-29T00:00:00.000000Z");
  EXPECT_EQ(kNow - parse_time("90s", kNow).value(), std::chrono::seconds{90});
  EXPECT_EQ(kNow - parse_time("15m", kNow).value(), std::chrono::minutes{15});
  EXPECT_EQ(kNow - parse_time("7d", kNow).value(), std::chrono::hours{24 * 7});
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const std::string_view text : {"",
                                      "yesterday",
                                      "2026",
                                      "2026-11",
                                      "2026-13-01",
                                      "2023-02-29",
                                      "2026-11-31",
                                      "2026-1-1",
                                      "2026-11-23T10:38Z",
                                      "2026-11-23T10:38:20",
                                      "2026-11-23T24:00:00Z",
                                      "2026-11-23T10:60:00Z",
                                      "2026-11-23T10:38:20.Z",
                                      "2026-11-23T10:38:20+0100",
                                      "2026-11-23T10:38:20Zx",
                                      "-5m",
                                      "5",
                                      "5 m",
                                      "7w",
                                      "99999999999999999999d"}) {
    EXPECT_FALSE(parse_time(text, kNow)) << text;
  }
}

TEST(ManualClock, StandsStillUntilAdvanced) {
  ManualClock clock{kNow};
  const auto before = clock.steady();
  EXPECT_EQ(clock.wall(), kNow);
  clock.advance(std::chrono::seconds{5});
  EXPECT_EQ(clock.wall() - kNow, std::chrono::seconds{5});
  EXPECT_EQ(clock.steady() - before, std::chrono::seconds{5});
}

TEST(SystemClock, IsTheSystems) {
  const auto difference = SystemClock{}.wall() - std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(difference), std::chrono::seconds{5});
}

}  // namespace
}  // namespace sinkfeed
