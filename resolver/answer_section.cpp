#include "resolver/answer_section.hpp"

#include <algorithm>
#include <cstring>

#include "resolver/wire_name.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kItemHead = 3, kLongestItem = 255;

}  // namespace

std::string_view pack_answers(std::string_view message, std::size_t question_size, std::span<char> out) {
  const std::span<const std::uint8_t> in{reinterpret_cast<const std::uint8_t*>(message.data()), message.size()};
  std::size_t at = dns::kHeaderSize + question_size, written = 0;
  for (unsigned left = dns::read16(in.data() + 6); left; left--) {
    at = skip_name(in, at);
    if (!at || at + 10 > in.size()) break;
    const std::uint16_t type = dns::read16(in.data() + at), size = dns::read16(in.data() + at + 8);
    at += 10;
    if (at + size > in.size()) break;
    const std::uint8_t* rdata = in.data() + at;
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
