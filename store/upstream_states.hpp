// How the upstream servers do, as the workers see it: for the API and for metrics. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

// One server's, written by all who ask it. Relaxed: what is read of it may be of different moments.
struct UpstreamState {
  std::atomic<std::uint64_t> answers{0}, failures{0};
  std::atomic<std::uint32_t> failures_in_a_row{0};
  std::atomic<std::uint32_t> latency_us{0};  // smoothed (RFC 6298 2: an eighth of each new one); 0: none yet

  // So many in a row, and it is asked after the others (resolver/server_health.hpp).
  static constexpr std::uint32_t kFailuresToAvoid = 2;
  bool is_avoided() const { return failures_in_a_row.load(std::memory_order_relaxed) >= kFailuresToAvoid; }

  void answered(std::uint32_t took_us);
  void failed();
};

class UpstreamStates {
 public:
  // The same one for the same server, for as long as this lives.
  std::shared_ptr<UpstreamState> of(const Endpoint& server);
  // Null if nobody has asked it.
  std::shared_ptr<const UpstreamState> find(const Endpoint& server) const;

 private:
  mutable std::mutex mutex_;
  std::map<Endpoint, std::shared_ptr<UpstreamState>> states_;
};

}  // namespace sinkfeed
