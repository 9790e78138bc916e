#include "store/latency_counts.hpp"

#include <numeric>

namespace sinkfeed {

std::optional<std::uint32_t> latency_quantile(const LatencyCounts& counts, double share) {
  const std::uint64_t all = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  if (all == 0) return std::nullopt;
  const double wanted = share * static_cast<double>(all);
  double below = 0;
  for (std::size_t place = 0; place < kLatencyBounds.size(); place++) {
    const auto here = static_cast<double>(counts[place]);
    if (here > 0 && below + here >= wanted) {
      const double from = place == 0 ? 0.0 : kLatencyBounds[place - 1], to = kLatencyBounds[place];
      return static_cast<std::uint32_t>(from + (to - from) * (wanted - below) / here);
    }
    below += here;
  }
  return kLatencyBounds.back();
}

}  // namespace sinkfeed
