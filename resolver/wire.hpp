// DNS wire format: the numbers, and reading and writing in place. RFC 1035 section 4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sinkfeed::dns {

inline constexpr std::size_t kHeaderSize = 12;
inline constexpr std::size_t kMaxName = 255;
inline constexpr std::size_t kMaxMessage = 65535;
// What we send over UDP at most: DNS flag day 2020, RFC 9715.
inline constexpr std::size_t kMaxUdpAnswer = 1232;
inline constexpr std::size_t kMinUdpAnswer = 512;

enum Type : std::uint16_t {
  A = 1,
  NS = 2,
  CNAME = 5,
  SOA = 6,
  PTR = 12,
  HINFO = 13,
  MX = 15,
  TXT = 16,
  AAAA = 28,
  SRV = 33,
  DNAME = 39,
  OPT = 41,
  DS = 43,
  RRSIG = 46,
  NSEC = 47,
  NSEC3 = 50,
  SVCB = 64,
  HTTPS = 65,
  IXFR = 251,
  AXFR = 252,
  ANY = 255
};
enum Class : std::uint16_t { IN = 1, CH = 3 };
enum Rcode : std::uint8_t {
  NOERROR = 0,
  FORMERR = 1,
  SERVFAIL = 2,
  NXDOMAIN = 3,
  NOTIMP = 4,
  REFUSED = 5,
  BADVERS = 16
};
// Extended DNS errors, RFC 8914.
enum Ede : std::uint16_t {
  OTHER = 0,
  STALE_ANSWER = 3,
  CACHED_ERROR = 13,
  BLOCKED = 15,
  FILTERED = 17,
  PROHIBITED = 18,
  STALE_NXDOMAIN_ANSWER = 19,
  NO_REACHABLE_AUTHORITY = 22,
  NETWORK_ERROR = 23
};

// Bits of the header's second 16-bit word.
inline constexpr std::uint16_t kQr = 0x8000, kOpcodeMask = 0x7800, kTc = 0x0200, kRd = 0x0100, kRa = 0x0080,
                               kAd = 0x0020, kCd = 0x0010, kRcodeMask = 0x000f;

// A byte of a name as names are compared: ASCII letters in lower case (RFC 4343).
inline constexpr std::array<std::uint8_t, 256> kLower = [] {
  std::array<std::uint8_t, 256> table{};
  for (int i = 0; i < 256; i++) table[i] = static_cast<std::uint8_t>(i >= 'A' && i <= 'Z' ? i + 32 : i);
  return table;
}();

inline std::uint16_t read16(const std::uint8_t* at) { return static_cast<std::uint16_t>(at[0] << 8 | at[1]); }
inline std::uint32_t read32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}
inline void write16(std::uint8_t* at, std::uint16_t value) {
  at[0] = static_cast<std::uint8_t>(value >> 8), at[1] = static_cast<std::uint8_t>(value);
}
inline void write32(std::uint8_t* at, std::uint32_t value) {
  write16(at, static_cast<std::uint16_t>(value >> 16)), write16(at + 2, static_cast<std::uint16_t>(value));
}

}  // namespace sinkfeed::dns
