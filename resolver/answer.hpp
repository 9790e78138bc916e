// Turns a prepared answer, or a bare RCODE, into the bytes that one client gets. Hot path; guarded by the TTL-patch
// benchmark.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "resolver/cache.hpp"
#include "resolver/question.hpp"

namespace sinkfeed {

// The extended error (RFC 8914) that goes with an answer; sent only to clients that sent EDNS.
struct ExtendedError {
  bool present = false;
  std::uint16_t code = 0;
  std::string_view text;  // UTF-8; at most 200 bytes go out, in whole characters
};

// Each writes at most `out.size()` bytes and returns how many; `out` holds at least 512. `limit`: the largest message
// that may go out (UDP: see udp_limit; TCP: out.size()). A message that does not fit goes out with TC set (over TCP: as
// SERVFAIL), question and OPT only.

// From the cache: ID, question case, RD, CD, AD (RFC 6840 5.8) and TTLs patched, EDNS added. `age_s`: seconds in the
// cache.
std::size_t write_answer(const Query& query, std::string_view message, std::span<const std::uint16_t> ttl_offsets,
                         std::uint32_t age_s, const ExtendedError& error, std::size_t limit,
                         std::span<std::uint8_t> out);

// Header, the question if it could be read, and OPT. `rcode` may be extended (BADVERS). `truncated`: TC is set.
std::size_t write_bare(const Query& query, std::uint16_t rcode, const ExtendedError& error, bool truncated,
                       std::span<std::uint8_t> out);

// min(what the client takes, 1232).
inline std::size_t udp_limit(const Query& query) {
  return query.udp_size < dns::kMaxUdpAnswer ? query.udp_size : dns::kMaxUdpAnswer;
}

}  // namespace sinkfeed
