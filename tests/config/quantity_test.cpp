// Durations and sizes with units.
#include <gtest/gtest.h>

#include "config/settings.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

TEST(Duration, CarriesAUnit) {
  EXPECT_EQ(parse_duration("250ms").value(), 250ms);
  EXPECT_EQ(parse_duration("90s").value(), 90s);
  EXPECT_EQ(parse_duration("15m").value(), 15min);
  EXPECT_EQ(parse_duration("12h").value(), 12h);
  EXPECT_EQ(parse_duration("90d").value(), 24h * 90);
  EXPECT_EQ(parse_duration("0s").value(), 0ms);
  for (const std::string_view text : {"", "90", "s", "1.5s", "-1s", "+1s", " 1s", "1s ", "1 s", "1S", "1w", "1d1h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_duration("90").error().what,
            "\"90\" is not a duration; write a whole number and one of the units ms, s, m, h, d, like \"90s\"");
  EXPECT_EQ(parse_duration("99999999999999999999d").error().what,
            "\"99999999999999999999d\" is too large for a duration");
  EXPECT_FALSE(parse_duration("9000000000000000000s"));
}

TEST(Size, CarriesAUnit) {
  EXPECT_EQ(parse_size("100B").value(), 100U);
  EXPECT_EQ(parse_size("512KiB").value(), 512U << 10);
  EXPECT_EQ(parse_size("64MiB").value(), 64U << 20);
  EXPECT_EQ(parse_size("20GiB").value(), 20ULL << 30);
  EXPECT_EQ(parse_size("2TiB").value(), 2ULL << 40);
  for (const std::string_view text : {"", "64", "MiB", "64MB", "64mib", "-1B", "1.5GiB", "64 MiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
  EXPECT_EQ(parse_size("64MB").error().what,
            "\"64MB\" is not a size; write a whole number and one of the units B, KiB, MiB, GiB, TiB, like \"64MiB\"");
  EXPECT_FALSE(parse_size("9999999TiB"));
}

}  // namespace
}  // namespace sinkfeed
