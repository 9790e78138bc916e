// What of the sent has arrived for certain. Nobody who takes dnstap or syslog says what he has read, and a connection
// that breaks takes with it what lay in the buffers on its way: that is sent again.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>

#include "config/clock.hpp"
#include "store/history_follow.hpp"

namespace sinkfeed {

class DeliveryMarks {
 public:
  // Beyond what both sides' socket buffers hold (Linux: 6 MiB there, 4 MiB here at most, usually far less), or so long
  // ago while the connection took everything, what was sent has been read.
  static constexpr std::uint64_t kInBuffers = 8 << 20;
  static constexpr std::chrono::seconds kRead{60};

  explicit DeliveryMarks(HistoryPosition from) : certain_(from) {}

  // What was sent is in `certain` or lost: the next is sent from there on.
  void broke_off() { marks_.clear(); }
  // All up to `position` has been given to the kernel, `bytes` of it now.
  void sent(std::size_t bytes, HistoryPosition position, SteadyTime now);
  // The connection takes everything just now.
  void flows(SteadyTime now);
  // The other side has said, or the kernel knows, that it has read all that was sent.
  void all_read();

  HistoryPosition certain() const { return certain_; }

 private:
  struct Mark {
    SteadyTime when;
    std::uint64_t bytes;  // sent up to it, on all connections
    HistoryPosition position;
  };
  HistoryPosition certain_;
  std::uint64_t bytes_ = 0;
  std::deque<Mark> marks_;
};

}  // namespace sinkfeed
