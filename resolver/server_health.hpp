// Which upstream server is asked first, and how long it is waited for before another is asked beside it. Plain
// bookkeeping without I/O; one thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "config/clock.hpp"

namespace sinkfeed {

class ServerHealth {
 public:
  ServerHealth(std::size_t servers, std::chrono::milliseconds timeout);

  // Every server once, healthy before avoided ones, the fastest first; now and then another healthy one first, so that
  // a change is noticed. The first comes again at the end: what was lost on the way is sent again. `dice`: random.
  std::vector<std::size_t> order(SteadyTime now, std::uint16_t dice) const;
  // How long an answer of `server` may take before the next is asked: four times what it took lately (RFC 6298's idea),
  // between 200 ms and half the time-out.
  std::chrono::microseconds patience(std::size_t server) const;

  void answered(std::size_t server, std::chrono::microseconds took);
  // It did not answer in its time, or the network said no. The second time in a row it is avoided for a second, then
  // for twice as long each time, up to half a minute.
  void failed(std::size_t server, SteadyTime now);
  bool is_avoided(std::size_t server, SteadyTime now) const { return servers_[server].avoid_until > now; }

 private:
  struct Server {
    std::chrono::microseconds took{0};  // smoothed; 0: unknown
    int failures = 0;                   // in a row
    SteadyTime avoid_until{};
  };
  std::vector<Server> servers_;
  std::chrono::microseconds timeout_;
};

}  // namespace sinkfeed
