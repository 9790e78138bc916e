#include "resolver/rate_limit.hpp"

#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace sinkfeed {

RateLimit::RateLimit(int rate) : full_at_(std::make_unique<std::atomic<std::int64_t>[]>(kBuckets)) {
  set(rate);
  while (getrandom(&seed_, sizeof seed_, 0) != sizeof seed_) {
  }
}

void RateLimit::set(int rate) { interval_ns_.store(rate > 0 ? 1'000'000'000 / rate : 0, std::memory_order_relaxed); }

bool RateLimit::allow(const IpAddress& client, std::int64_t now_ns) {
  const auto bytes = client.bytes();
  const std::int64_t interval_ns = interval_ns_.load(std::memory_order_relaxed);
  if (!interval_ns || (client.is_v4() && bytes[0] == 127)) return true;
  const std::int64_t burst_ns = std::max<std::int64_t>(500'000'000, interval_ns);
  static constexpr std::uint8_t kLoopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (client.is_v6() && std::equal(bytes.begin(), bytes.end(), kLoopback)) return true;
  // Of an IPv6 client the network counts: within a /64 it can take any address.
  const std::size_t counted = client.is_v4() ? 4 : 8;
  auto& bucket = full_at_[XXH3_64bits_withSeed(bytes.data(), counted, seed_) % kBuckets];
  std::int64_t full_at = bucket.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t next = std::max(full_at, now_ns) + interval_ns;
    if (next - now_ns > burst_ns) return false;
    if (bucket.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) return true;
  }
}

}  // namespace sinkfeed
