#include "resolver/wire_name.hpp"

#include <cstring>

namespace sinkfeed {

namespace {

// More than any name needs; pointers that lead in a circle end by it.
constexpr int kMaxPointers = 128;

}  // namespace

std::size_t skip_name(std::span<const std::uint8_t> message, std::size_t at) {
  while (at < message.size()) {
    const std::uint8_t label = message[at];
    if (label >= 0xc0) return at + 2 <= message.size() ? at + 2 : 0;
    if (label > 63) return 0;
    at += label + std::size_t{1};
    if (!label) return at;
  }
  return 0;
}

std::size_t expand_name(std::span<const std::uint8_t> message, std::size_t at, std::uint8_t* out) {
  std::size_t size = 0;
  for (int pointers = 0; at < message.size();) {
    const std::uint8_t label = message[at];
    if (label >= 0xc0) {
      if (at + 1 >= message.size() || ++pointers > kMaxPointers) return 0;
      at = dns::read16(message.data() + at) & 0x3fffu;
      continue;
    }
    const std::size_t next = label + std::size_t{1};
    if (label > 63 || at + next > message.size() || size + next > dns::kMaxName) return 0;
    std::memcpy(out + size, message.data() + at, next);
    size += next;
    at += next;
    if (!label) return size;
  }
  return 0;
}

}  // namespace sinkfeed
