// Reads a client's query in place, without allocating. Hot path; guarded by the question-parse benchmark.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "resolver/wire.hpp"

namespace sinkfeed {

// What the first look at a packet found. Anything but `query` says how to react.
enum class QueryKind : std::uint8_t {
  query,            // a well-formed question; go on
  silence,          // fewer than 12 bytes, or itself an answer: say nothing (RFC 1035 4.1.1)
  format_error,     // FORMERR; the question may be unreadable (then has_question is false)
  not_implemented,  // NOTIMP: an opcode other than QUERY
  bad_version,      // BADVERS: EDNS above version 0 (RFC 6891 6.1.3)
};

struct Query {
  QueryKind kind = QueryKind::silence;
  std::uint16_t id = 0;
  std::uint16_t header = 0;  // the header's flag word as it came
  bool has_question = false;
  std::span<const std::uint8_t> sent_name;  // QNAME in the client's case, within the packet
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  bool edns = false;
  bool dnssec_ok = false;
  std::uint16_t udp_size = dns::kMinUdpAnswer;  // what the client can take: at least 512, as advertised with EDNS

  bool recursion_desired() const { return header & dns::kRd; }
  bool checking_disabled() const { return header & dns::kCd; }
  bool authentic_data() const { return header & dns::kAd; }
  // QNAME in lower case, wire format with the root label. Valid while the query lives.
  std::string_view name() const { return {reinterpret_cast<const char*>(lower_.data()), sent_name.size()}; }

  std::array<std::uint8_t, dns::kMaxName> lower_;  // written by parse_query; not initialized beyond the name
};

// `packet` must outlive `query`, which points into it. RFC 1035 4.1, RFC 9619 (QDCOUNT is 1), RFC 6891 6.1 (one OPT).
void parse_query(std::span<const std::uint8_t> packet, Query& query);

}  // namespace sinkfeed
