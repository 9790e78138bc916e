#include "store/latency_counts.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

namespace sinkfeed {
namespace {

TEST(LatencyCounts, ALatencyCountsAtTheFirstBoundThatItDoesNotExceed) {
  const auto wanted = [](std::uint32_t latency) {
    return static_cast<std::size_t>(std::lower_bound(kLatencyBounds.begin(), kLatencyBounds.end(), latency) -
                                    kLatencyBounds.begin());
  };
  for (const std::uint32_t bound : kLatencyBounds) {
    for (const std::uint32_t latency : {bound - 1, bound, bound + 1})
      EXPECT_EQ(latency_place(latency), wanted(latency));
  }
  EXPECT_EQ(latency_place(0), 0u);
  EXPECT_EQ(latency_place(0xffffffff), kLatencyBounds.size());
  EXPECT_TRUE(rc::check([&](std::uint32_t latency) { RC_ASSERT(latency_place(latency) == wanted(latency)); }));
}

TEST(LatencyCounts, AQuantileLiesWithinTheStepsThatHaveIt) {
  LatencyCounts counts{};
  EXPECT_FALSE(latency_quantile(counts, 0.5));
  counts[latency_place(30)] = 90;     // 20 to 50 us
  counts[latency_place(1'500)] = 10;  // 1 to 2 ms
  EXPECT_EQ(latency_quantile(counts, 0.5), 36u);
  EXPECT_EQ(latency_quantile(counts, 0.9), 50u);
  EXPECT_EQ(latency_quantile(counts, 0.95), 1'500u);
  EXPECT_EQ(latency_quantile(counts, 1), 2'000u);
  LatencyCounts slow{};
  slow.back() = 3;
  EXPECT_EQ(latency_quantile(slow, 0.5), kLatencyBounds.back()) << "no more is known of what is behind the last";
}

}  // namespace
}  // namespace sinkfeed
