// What the program counts while it runs, for status and metrics. Written by the workers, read by the feed's API.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "store/latency_counts.hpp"
#include "store/query_counts.hpp"

namespace sinkfeed {

// One a worker, on its own cache lines: the owner adds with relaxed stores, readers sum over all workers.
struct alignas(64) WorkerCounters {
  std::array<std::atomic<std::uint64_t>, QueryCounts{}.size()> queries{};  // by query_place()
  std::atomic<std::uint64_t> cache_hits{0};
  std::atomic<std::uint64_t> upstream_questions{0};
  std::atomic<std::uint64_t> upstream_failures{0};
  std::atomic<std::uint64_t> upstream_strays{0};  // upstream's packets that answered nothing: late, twice, or forged
  std::atomic<std::uint64_t> dropped_packets{0};  // silence: too short, not a query, or the send buffer was full
  std::array<std::atomic<std::uint64_t>, kLatencyBounds.size() + 1> latencies{};  // of answers, by latency_place()
  std::atomic<std::uint64_t> latency_us{0};                                       // of all of them together

  // Only the owning worker may call it: no atomic read-modify-write on the hot path.
  static void add(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
};

inline constexpr int kMaxWorkers = 64;

struct Counters {
  std::array<WorkerCounters, kMaxWorkers> workers{};
  // Over all workers.
  std::uint64_t sum(std::atomic<std::uint64_t> WorkerCounters::*member) const;
  QueryCounts queries() const;
  std::array<std::uint64_t, kVerdicts> queries_by_verdict() const;
  LatencyCounts latencies() const;

  std::atomic<std::uint64_t> sweep_questions{0};
  std::atomic<std::uint64_t> sweep_subnet_questions{0};  // of sweep_questions, those for client subnets
  std::atomic<std::uint64_t> sweep_mismatches{0};  // answers for another client subnet than was asked for, dropped
  std::atomic<std::uint64_t> sweep_strays{0};
  std::atomic<std::uint64_t> sweep_targets{0};  // names the sweep watches now
  std::atomic<std::uint64_t> observations_dropped{0};
  std::atomic<std::uint64_t> reloads{0}, refused_reloads{0};
};

}  // namespace sinkfeed
