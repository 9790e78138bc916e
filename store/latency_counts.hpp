// How long answers took, counted by how long: three steps a decade, as a person reads them and as Prometheus'
// histograms have them.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sinkfeed {

// In µs; a latency counts at the first bound that it does not exceed, and behind the last at none.
inline constexpr auto kLatencyBounds =
    std::to_array<std::uint32_t>({10, 20, 50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000, 20'000, 50'000, 100'000,
                                  200'000, 500'000, 1'000'000, 2'000'000, 5'000'000});
using LatencyCounts = std::array<std::uint64_t, kLatencyBounds.size() + 1>;

namespace latency_counts {

// By the number of bits of a latency: the first place that it can have.
inline constexpr auto kFirstPlaces = [] {
  std::array<std::uint8_t, 33> places{};
  for (std::size_t bits = 0; bits < places.size(); bits++) {
    const std::uint64_t least = bits == 0 ? 0 : std::uint64_t{1} << (bits - 1);
    while (places[bits] < kLatencyBounds.size() && kLatencyBounds[places[bits]] < least) places[bits]++;
  }
  return places;
}();

}  // namespace latency_counts

// The place of a latency in LatencyCounts. On the hot path: a look-up and at most two comparisons.
inline std::size_t latency_place(std::uint32_t latency_us) {
  std::size_t place = latency_counts::kFirstPlaces[static_cast<std::size_t>(std::bit_width(latency_us))];
  while (place < kLatencyBounds.size() && latency_us > kLatencyBounds[place]) place++;
  return place;
}

// In µs, the latency that `share` (0 to 1) of those that were counted do not exceed, as if they were spread evenly
// between two bounds; what is behind the last is taken for the last. Nothing if none was counted.
std::optional<std::uint32_t> latency_quantile(const LatencyCounts& counts, double share);

}  // namespace sinkfeed
