// How much one client (client_network()) may ask: a token bucket each, as a virtual schedule (GCRA, ITU-T I.371): one
// number a bucket, the time at which it would be full again. Shared by all workers; any thread; no lock.
//
// Buckets are found by a keyed hash of the address, and there is a fixed number of them: who sends from many addresses
// cannot make memory grow, and cannot choose whose bucket he shares.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "config/address.hpp"

namespace sinkfeed {

// Who counts as one client where clients are counted: an IPv4 address, or an IPv6 /64, within which one client can take
// any address.
IpAddress client_network(const IpAddress& address);

class RateLimit {
 public:
  // `rate`: queries a second, sustained; a burst of half a second's worth is let through. 0: no limit.
  explicit RateLimit(int rate);
  // Another rate from now on; who is over his limit stays so until his bucket is full again. Any thread.
  void set(int rate);

  // One query of `client` at `now_ns` (steady): whether it is within the limit. Loopback always is.
  bool allow(const IpAddress& client, std::int64_t now_ns) { return take(client, now_ns, seed_) == 0; }
  // The same for one over TCP: in how many ns it will be within the limit; 0: it is. Counted apart from UDP, where
  // somebody else could use up what is the owner's of an address.
  std::int64_t delay_ns(const IpAddress& client, std::int64_t now_ns) { return take(client, now_ns, seed_ + 1); }

 private:
  std::int64_t take(const IpAddress& client, std::int64_t now_ns, std::uint64_t seed);
  static constexpr std::size_t kBuckets = 1 << 16;
  std::atomic<std::int64_t> interval_ns_{0};  // 0: no limit
  std::uint64_t seed_ = 0;
  std::unique_ptr<std::atomic<std::int64_t>[]> full_at_;
};

}  // namespace sinkfeed
