// Unpredictable numbers for query IDs and channel choice (RFC 5452 4.3): the kernel's generator, fetched in blocks.
// Not thread-safe: one a thread.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

namespace sinkfeed {

class RandomBytes {
 public:
  std::uint16_t next16() {
    if (at_ + sizeof(std::uint16_t) > block_.size()) refill();
    std::uint16_t value = 0;
    std::memcpy(&value, block_.data() + at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

 private:
  void refill();
  std::array<std::uint8_t, 256> block_{};
  std::size_t at_ = 256;
};

}  // namespace sinkfeed
