#include "resolver/rate_limit.hpp"

#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>

namespace sinkfeed {

IpAddress client_network(const IpAddress& address) {
  if (address.is_v4()) return address;
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(address.bytes().begin(), 8, bytes.begin());
  return IpAddress::v6(bytes);
}

RateLimit::RateLimit(int rate) : full_at_(std::make_unique<std::atomic<std::int64_t>[]>(kBuckets)) {
  set(rate);
  while (getrandom(&seed_, sizeof seed_, 0) != sizeof seed_) {
  }
}

void RateLimit::set(int rate) { interval_ns_.store(rate > 0 ? 1'000'000'000 / rate : 0, std::memory_order_relaxed); }

std::int64_t RateLimit::take(const IpAddress& client, std::int64_t now_ns, std::uint64_t seed) {
  const auto bytes = client.bytes();
  const std::int64_t interval_ns = interval_ns_.load(std::memory_order_relaxed);
  if (!interval_ns || (client.is_v4() && bytes[0] == 127)) return 0;
  const std::int64_t burst_ns = std::max<std::int64_t>(500'000'000, interval_ns);
  static constexpr std::uint8_t kLoopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (client.is_v6() && std::equal(bytes.begin(), bytes.end(), kLoopback)) return 0;
  const IpAddress network = client_network(client);
  auto& bucket = full_at_[XXH3_64bits_withSeed(network.bytes().data(), network.bytes().size(), seed) % kBuckets];
  std::int64_t full_at = bucket.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t next = std::max(full_at, now_ns) + interval_ns;
    if (next - now_ns > burst_ns) return next - now_ns - burst_ns;
    if (bucket.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) return 0;
  }
}

}  // namespace sinkfeed
