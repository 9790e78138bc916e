#include "store/counters.hpp"

namespace sinkfeed {

namespace {

template <std::size_t kSize>
std::array<std::uint64_t, kSize> sums(const Counters& counters,
                                      std::array<std::atomic<std::uint64_t>, kSize> WorkerCounters::*member) {
  std::array<std::uint64_t, kSize> all{};
  for (const WorkerCounters& worker : counters.workers) {
    for (std::size_t i = 0; i < kSize; i++) all[i] += (worker.*member)[i].load(std::memory_order_relaxed);
  }
  return all;
}

}  // namespace

std::uint64_t Counters::sum(std::atomic<std::uint64_t> WorkerCounters::*member) const {
  std::uint64_t total = 0;
  for (const WorkerCounters& worker : workers) total += (worker.*member).load(std::memory_order_relaxed);
  return total;
}

QueryCounts Counters::queries() const { return sums(*this, &WorkerCounters::queries); }

std::array<std::uint64_t, kVerdicts> Counters::queries_by_verdict() const {
  std::array<std::uint64_t, kVerdicts> all{};
  const QueryCounts counts = queries();
  for (std::size_t place = 0; place < counts.size(); place++)
    all.at(place / (kTransports * kCountedTypes.size())) += counts[place];
  return all;
}

LatencyCounts Counters::latencies() const { return sums(*this, &WorkerCounters::latencies); }

}  // namespace sinkfeed
