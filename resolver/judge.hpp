// Looks at an upstream's answer before anything of it is believed: only records that the question leads to are kept.
//
// The CNAME chain is followed from QNAME, at most 16 links; one that is longer or leads round is no answer. RRsets'
// TTLs are made equal (RFC 2181 5.2), a TTL with the top bit set is 0 (RFC 2181 8); the authority section keeps what
// negative answers and DNSSEC need; the additional section goes. The message is read in place (message_reader) and
// damage anywhere in it is no answer; time grows with its size alone, and an answer of usual size costs no memory but
// its result's: clients wait for this.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "config/dns_name.hpp"
#include "config/result.hpp"

namespace sinkfeed {

// What of an answer is kept, and for how long.
struct JudgeRules {
  std::uint32_t min_ttl = 0, max_ttl = 86400, max_negative_ttl = 3600;  // seconds
  bool dnssec_ok = false;     // without it, signatures and denials of existence go (RFC 4035 3.2.1)
  bool trust_ad = false;      // upstream's AD bit is believed (RFC 6840 5.8)
  bool drop_private = false;  // addresses of private, loopback and link-local networks go (DNS rebinding)
};

struct JudgedAnswer {
  std::uint8_t rcode = 0;
  std::string message;  // prepared as the cache takes it
  std::vector<std::uint16_t> ttl_offsets;
  std::uint32_t lifetime_s = 0;      // smallest TTL; negative: from the SOA (RFC 2308 5), 0 without one
  std::optional<std::uint16_t> ede;  // upstream's extended error (RFC 8914), with its text
  std::string ede_text;
  bool dropped_private = false;
  std::uint32_t data_ttl_s = 0;      // of the records at the end of the chain; 0 if there are none
  std::vector<DnsName> leads_to;     // CNAME, DNAME, SRV and SVCB/HTTPS targets, in the order of the chain
  std::vector<DnsName> chain;        // those of leads_to that are links from QNAME to the final name
  std::vector<DnsName> mail_hosts;   // of MX: whoever has them is no target for it
  std::vector<IpAddress> addresses;  // A and AAAA at the end of the chain, and SVCB/HTTPS hints
};

// `name`: the question as it was asked, wire format, lower case. A Problem: the message is malformed or answers another
// question; it must be treated as no answer at all.
Result<JudgedAnswer> judge(std::span<const std::uint8_t> message, std::string_view name, std::uint16_t type,
                           std::uint16_t klass, const JudgeRules& rules = {});

}  // namespace sinkfeed
