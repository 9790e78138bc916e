#include "resolver/question.hpp"

#include "resolver/wire_name.hpp"

namespace sinkfeed {

namespace {

// The size of the uncompressed name at `offset` with its root label, or 0 if it is malformed: compression has no place
// in a query's question, and label types 0x40 and 0x80 none at all (RFC 1035 4.1.4, RFC 6891 5).
std::size_t name_size(std::span<const std::uint8_t> packet, std::size_t offset) {
  std::size_t at = offset;
  while (at < packet.size()) {
    const std::uint8_t label = packet[at];
    if (label > 63) return 0;
    at += label + std::size_t{1};
    if (at - offset > dns::kMaxName) return 0;
    if (label == 0) return at <= packet.size() ? at - offset : 0;
  }
  return 0;
}

// The place after the `count` records from `at`, or 0 if they do not fit.
std::size_t skip_records(std::span<const std::uint8_t> packet, std::size_t at, unsigned count) {
  for (; count; count--) {
    at = skip_name(packet, at);
    if (!at || at + 10 > packet.size()) return 0;
    at += 10u + dns::read16(packet.data() + at + 8);
    if (at > packet.size()) return 0;
  }
  return at;
}

// Reads the OPT pseudo-RR among the `count` records from `at`. False: malformed, or more than one OPT.
bool read_additional(std::span<const std::uint8_t> packet, std::size_t at, unsigned count, Query& query,
                     std::uint8_t& version) {
  for (unsigned i = 0; i < count; i++) {
    const std::size_t name = name_size(packet, at);
    if (!name || at + name + 10 > packet.size()) return false;
    const std::uint8_t* fixed = packet.data() + at + name;
    const std::size_t rdata = dns::read16(fixed + 8);
    if (at + name + 10 + rdata > packet.size()) return false;
    if (dns::read16(fixed) == dns::OPT) {
      if (query.edns || name != 1) return false;
      query.edns = true;
      query.udp_size = std::max<std::uint16_t>(dns::read16(fixed + 2), dns::kMinUdpAnswer);
      version = fixed[5];
      query.dnssec_ok = fixed[6] & 0x80;
      // Options are unknown to us and ignored, but they must fit (RFC 6891 6.1.2).
      for (std::size_t option = 0; option < rdata;) {
        if (option + 4 > rdata) return false;
        option += 4u + dns::read16(fixed + 10 + option + 2);
        if (option > rdata) return false;
      }
    }
    at += name + 10 + rdata;
  }
  return true;
}

}  // namespace

void parse_query(std::span<const std::uint8_t> packet, Query& query) {
  query.kind = QueryKind::silence;
  query.has_question = query.edns = query.dnssec_ok = false;
  query.sent_name = {};
  query.type = query.klass = 0;
  query.udp_size = dns::kMinUdpAnswer;
  if (packet.size() < dns::kHeaderSize) return;
  query.id = dns::read16(packet.data());
  query.header = dns::read16(packet.data() + 2);
  if (query.header & dns::kQr) return;
  if (query.header & dns::kOpcodeMask) {
    query.kind = QueryKind::not_implemented;
    return;
  }
  query.kind = QueryKind::format_error;
  const unsigned questions = dns::read16(packet.data() + 4), answers = dns::read16(packet.data() + 6),
                 authorities = dns::read16(packet.data() + 8), additional = dns::read16(packet.data() + 10);
  if (questions != 1) return;
  const std::size_t name = name_size(packet, dns::kHeaderSize);
  if (!name || dns::kHeaderSize + name + 4 > packet.size()) return;
  query.sent_name = packet.subspan(dns::kHeaderSize, name);
  for (std::size_t i = 0; i < name; i++) query.lower_[i] = dns::kLower[query.sent_name[i]];
  query.type = dns::read16(packet.data() + dns::kHeaderSize + name);
  query.klass = dns::read16(packet.data() + dns::kHeaderSize + name + 2);
  query.has_question = true;
  // RFC 1995 3: an IXFR has the client's SOA in the authority section. It is refused, but not as malformed.
  if (answers || (authorities && query.type != dns::IXFR)) return;
  const std::size_t rest = skip_records(packet, dns::kHeaderSize + name + 4, authorities);
  if (!rest) return;
  std::uint8_t version = 0;
  if (additional && !read_additional(packet, rest, additional, query, version)) {
    query.edns = false;
    return;
  }
  query.kind = version ? QueryKind::bad_version : QueryKind::query;
}

}  // namespace sinkfeed
