// What the TCP clients of one worker may take.
#pragma once

#include <chrono>
#include <cstddef>

namespace sinkfeed {

struct TcpLimits {
  std::size_t connections = 1000;
  std::size_t of_one_client = 50;  // connections, as client_network() counts clients
  // Connections of who is not in dns.allow, beside the others: each gets one answer, which is REFUSED.
  std::size_t strangers = 20;
  std::size_t in_flight = 100;                 // queries of a connection that wait for their answer: no more are read
  std::size_t queued = 64 << 10;               // bytes of answers a connection has not taken: no more queries are read
  std::size_t queued_in_all = 32 << 20;        // beyond it the connection that holds most is closed
  std::size_t largest_query = 4096;            // of a longer one no more is kept
  std::chrono::milliseconds idle{10'000};      // for a whole query to come, or an answer to be taken
  std::chrono::milliseconds idle_busy{2'000};  // the same when more than half of the connections are in use, and of
                                               // strangers
};

}  // namespace sinkfeed
