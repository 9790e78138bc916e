// Which upstream server is asked first, and how long it is waited for before another is asked beside it. Plain
// bookkeeping without I/O; one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "config/clock.hpp"
#include "store/upstream_states.hpp"

namespace sinkfeed {

class ServerHealth {
 public:
  ServerHealth(std::size_t servers, std::chrono::milliseconds timeout);

  struct Choice {
    // Every server once, healthy before avoided ones, the fastest first. The first comes again at the end: what was
    // lost on the way is sent again.
    std::vector<std::size_t> order;
    // One to be asked at the same time as the first, so that it is measured and nobody waits for that: one that was
    // avoided, when its time is over; now and then another healthy one; always while nothing is known of the first.
    std::optional<std::size_t> beside;
  };
  // `dice`: random. One that failed is on probation until it has answered: it comes last, and is asked beside the
  // first once a second.
  void choose(SteadyTime now, std::uint16_t dice, Choice& choice);
  // How long an answer of `server` may take before the next is asked: four times what it took lately (RFC 6298's idea),
  // between 200 ms and half the time-out.
  std::chrono::microseconds patience(std::size_t server) const;

  // `refused`: with SERVFAIL or the like. One that does only that comes after those that help.
  void answered(std::size_t server, std::chrono::microseconds took, bool refused = false);
  // It did not answer in its time, or the network said no. The second time in a row it is avoided for a second, then
  // for twice as long each time, up to half a minute.
  void failed(std::size_t server, SteadyTime now);
  bool is_avoided(std::size_t server, SteadyTime now) const { return servers_[server].avoid_until > now; }
  // It failed, and has not answered since.
  bool is_on_probation(std::size_t server) const { return servers_[server].failures >= kFailuresToAvoid; }

  // All are.
  bool is_down() const;

 private:
  static constexpr int kFailuresToAvoid = UpstreamState::kFailuresToAvoid;
  struct Server {
    std::chrono::microseconds took = std::chrono::microseconds::max();  // smoothed; until it has answered: longest
    bool measured() const { return took != std::chrono::microseconds::max(); }
    int failures = 0;  // in a row
    int refusals = 0;  // in a row
    SteadyTime avoid_until{};
  };
  std::vector<Server> servers_;
  std::chrono::microseconds timeout_;
};

}  // namespace sinkfeed
