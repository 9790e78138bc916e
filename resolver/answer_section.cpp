#include "resolver/answer_section.hpp"

#include <algorithm>
#include <cstring>

#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kItemHead = 3, kLongestItem = 255;

struct Bytes {
  const std::uint8_t* data;
  std::size_t size;
};

// The place after the name at `at`, or 0.
std::size_t skip_name(Bytes message, std::size_t at) {
  while (at < message.size) {
    const std::uint8_t label = message.data[at];
    if (label >= 0xc0) return at + 2;
    at += label + std::size_t{1};
    if (!label) return at;
  }
  return 0;
}

// Expands the name at `at`; its size, or 0 if it is none.
std::size_t expand_name(Bytes message, std::size_t at, std::uint8_t* out) {
  std::size_t size = 0;
  for (int pointers = 0; at < message.size;) {
    const std::uint8_t label = message.data[at];
    if (label >= 0xc0) {
      if (at + 1 >= message.size || ++pointers > 128) return 0;
      at = dns::read16(message.data + at) & 0x3fffu;
      continue;
    }
    const std::size_t next = label + std::size_t{1};
    if (at + next > message.size || size + next > dns::kMaxName) return 0;
    std::memcpy(out + size, message.data + at, next);
    size += next;
    at += next;
    if (!label) return size;
  }
  return 0;
}

}  // namespace

std::string_view pack_answers(std::string_view message, std::size_t question_size, std::span<char> out) {
  const Bytes in{reinterpret_cast<const std::uint8_t*>(message.data()), message.size()};
  std::size_t at = dns::kHeaderSize + question_size, written = 0;
  for (unsigned left = dns::read16(in.data + 6); left; left--) {
    at = skip_name(in, at);
    if (!at || at + 10 > in.size) break;
    const std::uint16_t type = dns::read16(in.data + at), size = dns::read16(in.data + at + 8);
    at += 10;
    if (at + size > in.size) break;
    const std::uint8_t* rdata = in.data + at;
    std::size_t rdata_size = size;
    std::uint8_t name[dns::kMaxName];
    if (type == dns::CNAME || type == dns::NS || type == dns::PTR) {
      rdata_size = expand_name(in, at, name);
      rdata = name;
    }
    at += size;
    if (type == dns::RRSIG) continue;
    rdata_size = std::min(rdata_size, kLongestItem);
    if (written + kItemHead + rdata_size > out.size()) break;
    char* to = out.data() + written;
    to[0] = static_cast<char>(type >> 8), to[1] = static_cast<char>(type), to[2] = static_cast<char>(rdata_size);
    std::memcpy(to + kItemHead, rdata, rdata_size);
    written += kItemHead + rdata_size;
  }
  return {out.data(), written};
}

}  // namespace sinkfeed
