// One record a query: what the audit history keeps. Fixed types; how they are packed is the ring's and the block's
// affair.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "config/dns_name.hpp"
#include "store/verdict.hpp"

namespace sinkfeed {

enum class Transport : std::uint8_t { udp = 0, tcp = 1 };
std::string_view transport_name(Transport transport);

enum class Origin : std::uint8_t {
  cache = 0,     // a prepared answer
  upstream = 1,  // asked for on this query's behalf (or waited for the same question of another)
  policy = 2,    // made here
};
std::string_view origin_name(Origin origin);

// Bits of QueryRecord::flags.
inline constexpr std::uint16_t kFlagRd = 1, kFlagCd = 2, kFlagAd = 4, kFlagEdns = 8, kFlagDo = 16, kFlagTruncated = 32;

// The answer section, packed: for each record type(u16 be) length(u8) and its RDATA without compression, cut at 255
// bytes.
class PackedAnswers {
 public:
  static void append(std::string& to, std::uint16_t type, std::string_view bytes);
  struct Item {
    std::uint16_t type = 0;
    std::string_view bytes;
    std::optional<IpAddress> address() const;  // of A and AAAA
    std::string text() const;                  // "192.0.2.1"; "CNAME talk.l.google.com."
  };
  // Takes the first item off `packed`; nothing at its end, or where one does not fit (it is then damaged).
  static std::optional<Item> take(std::string_view& packed);
  // All of them.
  static std::vector<Item> items(std::string_view packed);
};

struct QueryRecord {
  enum class Kind : std::uint8_t { query = 0, gap = 1 };
  Kind kind = Kind::query;  // gap: `gap_count` records were lost here because the ring was full
  std::uint64_t gap_count = 0;
  WallTime time;  // of arrival
  IpAddress client;
  std::uint16_t client_port = 0;
  Transport transport = Transport::udp;
  Origin origin = Origin::policy;
  DnsName name;
  std::uint16_t type = 0;  // QTYPE
  std::uint16_t flags = 0;
  Verdict verdict = Verdict::pass;
  std::string rule;  // why, if not pass: "google-talk: suffix talk.google.com (core)"
  std::uint8_t rcode = 0;
  std::optional<std::uint16_t> ede;
  std::string answers;  // PackedAnswers
  std::optional<IpAddress> upstream;
  std::uint32_t latency_us = 0;
};

// The same as plain values and views, for the way from the worker to a block: nothing is allocated.
struct RecordView {
  std::int64_t time_us = 0;
  std::uint32_t latency_us = 0;
  IpAddress client;
  IpAddress upstream;  // meaningful if has_upstream
  bool has_upstream = false;
  std::uint16_t client_port = 0;
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint16_t ede = 0;  // meaningful if has_ede
  bool has_ede = false;
  std::uint8_t rcode = 0;
  Transport transport = Transport::udp;
  Origin origin = Origin::policy;
  Verdict verdict = Verdict::pass;
  std::string_view name;     // wire format, lower case, 1..255 bytes
  std::string_view rule;     // at most 255 bytes are kept
  std::string_view answers;  // PackedAnswers; at most 4096 bytes are kept
};

// "A", "AAAA", "HTTPS", … or "TYPE1234" (RFC 3597); and back, in any case, numbers allowed.
std::string type_name(std::uint16_t type);
std::optional<std::uint16_t> parse_type(std::string_view text);
// "NOERROR", "NXDOMAIN", … or "RCODE12".
std::string rcode_name(std::uint8_t rcode);
std::optional<std::uint8_t> parse_rcode(std::string_view text);

}  // namespace sinkfeed
