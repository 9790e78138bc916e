#include "resolver/judge.hpp"

#include <ldns/ldns.h>

#include <algorithm>
#include <memory>

#include "resolver/message_writer.hpp"
#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kMaxChain = 16;

struct Record {
  std::string owner;  // wire format, lower case
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  std::uint32_t ttl = 0;
  std::string rdata;  // without compression
  bool believed = false;
};

std::string_view bytes_of(const ldns_rdf* field) {
  return {reinterpret_cast<const char*>(ldns_rdf_data(field)), ldns_rdf_size(field)};
}

DnsName name_of(std::string_view wire) {
  return DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

std::vector<Record> records_of(const ldns_rr_list* list, const JudgeRules& rules) {
  std::vector<Record> records;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
    const ldns_rr* rr = ldns_rr_list_rr(list, i);
    Record record;
    record.owner = name_of(bytes_of(ldns_rr_owner(rr))).wire();
    record.type = static_cast<std::uint16_t>(ldns_rr_get_type(rr));
    record.klass = static_cast<std::uint16_t>(ldns_rr_get_class(rr));
    record.ttl = ldns_rr_ttl(rr);
    if (record.ttl & 0x80000000u) record.ttl = 0;
    record.ttl = std::clamp(record.ttl, rules.min_ttl, rules.max_ttl);
    for (std::size_t field = 0; field < ldns_rr_rd_count(rr); field++) record.rdata += bytes_of(ldns_rr_rdf(rr, field));
    records.push_back(std::move(record));
  }
  return records;
}

// The end of the uncompressed name at the start of `rdata` after `skip` bytes; 0 if it does not fit.
std::size_t name_end(std::string_view rdata, std::size_t skip) {
  while (skip < rdata.size()) {
    const std::size_t label = static_cast<std::uint8_t>(rdata[skip]);
    if (label > 63) return 0;
    skip += label + 1;
    if (!label) return skip <= rdata.size() ? skip : 0;
  }
  return 0;
}

// RFC 9460: TargetName, and the addresses in ipv4hint (4) and ipv6hint (6).
void read_service_binding(std::string_view rdata, JudgedAnswer& judged) {
  const std::size_t end = name_end(rdata, 2);
  if (!end) return;
  if (end > 3) judged.leads_to.push_back(name_of(rdata.substr(2, end - 2)));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(rdata.data());
  for (std::size_t at = end; at + 4 <= rdata.size();) {
    const std::uint16_t key = dns::read16(bytes + at), size = dns::read16(bytes + at + 2);
    at += 4;
    if (at + size > rdata.size()) return;
    const std::size_t width = key == 4 ? 4 : key == 6 ? 16 : 0;
    for (std::size_t hint = at; width && hint + width <= at + size; hint += width) {
      judged.addresses.push_back(width == 4 ? IpAddress::v4(std::span<const std::uint8_t, 4>(bytes + hint, 4))
                                            : IpAddress::v6(std::span<const std::uint8_t, 16>(bytes + hint, 16)));
    }
    at += size;
  }
}

void read_data(const Record& record, JudgedAnswer& judged) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(record.rdata.data());
  if (record.type == dns::A && record.rdata.size() == 4) {
    judged.addresses.push_back(IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4)));
  } else if (record.type == dns::AAAA && record.rdata.size() == 16) {
    judged.addresses.push_back(IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16)));
  } else if (record.type == dns::SRV && name_end(record.rdata, 6) > 7) {
    judged.leads_to.push_back(name_of(std::string_view(record.rdata).substr(6, name_end(record.rdata, 6) - 6)));
  } else if (record.type == dns::SVCB || record.type == dns::HTTPS) {
    read_service_binding(record.rdata, judged);
  }
}

bool covers(const Record& signature, std::string_view owner, std::uint16_t type) {
  return signature.type == dns::RRSIG && signature.owner == owner && signature.rdata.size() > 2 &&
         dns::read16(reinterpret_cast<const std::uint8_t*>(signature.rdata.data())) == type;
}

void believe(std::vector<Record>& records, std::string_view owner, std::uint16_t type) {
  for (Record& record : records) {
    if (record.owner == owner && (record.type == type || covers(record, owner, type))) record.believed = true;
  }
}

// A CNAME that was made from a DNAME comes with it (RFC 6672 3.1).
void believe_dnames_above(std::vector<Record>& answers, std::string_view name) {
  for (const Record& record : answers) {
    if (record.type == dns::DNAME && name_of(name).is_at_or_below(name_of(record.owner)))
      believe(answers, record.owner, dns::DNAME);
  }
}

// Follows CNAME (and the DNAME that a CNAME was made from) from QNAME; returns the name at the end.
std::string follow(std::vector<Record>& answers, std::string_view name, std::uint16_t type, JudgedAnswer& judged) {
  std::string current{name};
  std::vector<std::string> visited{current};
  while (type != dns::CNAME && visited.size() <= kMaxChain) {
    const auto link = std::find_if(answers.begin(), answers.end(),
                                   [&](const Record& r) { return r.type == dns::CNAME && r.owner == current; });
    if (link == answers.end()) break;
    const DnsName target = name_of(link->rdata);
    if (std::find(visited.begin(), visited.end(), target.wire()) != visited.end()) break;
    believe_dnames_above(answers, current);
    believe(answers, current, dns::CNAME);
    judged.chain.push_back(target);
    judged.leads_to.push_back(target);
    current = target.wire();
    visited.push_back(current);
  }
  return current;
}

void make_ttls_equal(std::vector<Record>& records) {
  for (Record& a : records) {
    for (const Record& b : records) {
      if (a.type == b.type && a.owner == b.owner && a.type != dns::RRSIG) a.ttl = std::min(a.ttl, b.ttl);
    }
  }
}

bool kept_in_authority(std::uint16_t type, const JudgeRules& rules) {
  if (type == dns::SOA) return true;
  if (!rules.dnssec_ok) return false;
  return type == dns::NSEC || type == dns::NSEC3 || type == dns::RRSIG || type == dns::DS;
}

// What a page on the internet must not make a browser talk to.
bool is_private_address(const Record& record) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(record.rdata.data());
  std::optional<std::string_view> special;
  if (record.type == dns::A && record.rdata.size() == 4)
    special = special_purpose(IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4)));
  if (record.type == dns::AAAA && record.rdata.size() == 16)
    special = special_purpose(IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16)));
  // Others (documentation, benchmarking) reach nobody's machines. IPv6 addresses that embed IPv4 may.
  return special && *special != "documentation" && *special != "benchmarking";
}

// RFC 8914 2: the first option of code 15.
void read_extended_error(const ldns_rdf* options, JudgedAnswer& judged) {
  if (!options) return;
  const std::string_view all = bytes_of(options);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(all.data());
  for (std::size_t at = 0; at + 4 <= all.size();) {
    const std::uint16_t code = dns::read16(bytes + at), size = dns::read16(bytes + at + 2);
    at += 4;
    if (at + size > all.size()) return;
    if (code == 15 && size >= 2) {
      judged.ede = dns::read16(bytes + at);
      judged.ede_text = all.substr(at + 2, size - 2u);
      return;
    }
    at += size;
  }
}

// RFC 2308 5: the smaller of the SOA's TTL and its MINIMUM, capped.
std::uint32_t negative_lifetime(const std::vector<Record>& authority, const JudgeRules& rules) {
  for (const Record& record : authority) {
    if (record.type != dns::SOA || record.rdata.size() < 22) continue;
    const std::uint32_t minimum =
        dns::read32(reinterpret_cast<const std::uint8_t*>(record.rdata.data()) + record.rdata.size() - 4);
    return std::min({record.ttl, std::max(minimum, rules.min_ttl), rules.max_negative_ttl});
  }
  return 0;
}

}  // namespace

Result<JudgedAnswer> judge(std::span<const std::uint8_t> message, std::string_view name, std::uint16_t type,
                           std::uint16_t klass, const JudgeRules& rules) {
  ldns_pkt* parsed = nullptr;
  if (const ldns_status status = ldns_wire2pkt(&parsed, message.data(), message.size()); status != LDNS_STATUS_OK)
    return Problem{std::string("malformed answer from upstream: ") + ldns_get_errorstr_by_id(status)};
  const std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)> packet(parsed, ldns_pkt_free);
  const ldns_rr_list* questions = ldns_pkt_question(packet.get());
  if (!ldns_pkt_qr(packet.get()) || ldns_rr_list_rr_count(questions) != 1)
    return Problem{"upstream's message is no answer to one question"};
  const ldns_rr* question = ldns_rr_list_rr(questions, 0);
  if (ldns_rr_get_type(question) != type || ldns_rr_get_class(question) != klass ||
      name_of(bytes_of(ldns_rr_owner(question))).wire() != name)
    return Problem{"upstream answered another question"};

  JudgedAnswer judged;
  judged.rcode = static_cast<std::uint8_t>(ldns_pkt_get_rcode(packet.get()));
  std::vector<Record> answers = records_of(ldns_pkt_answer(packet.get()), rules);
  std::vector<Record> authority = records_of(ldns_pkt_authority(packet.get()), rules);
  const std::string final_name = follow(answers, name, type, judged);
  believe(answers, final_name, type);
  if (type == dns::CNAME) believe_dnames_above(answers, final_name);
  make_ttls_equal(answers);
  bool found = false;
  std::uint32_t smallest = rules.max_ttl;
  for (const Record& record : answers) {
    if (!record.believed) continue;
    if (rules.drop_private && is_private_address(record)) judged.dropped_private = true;
    smallest = std::min(smallest, record.ttl);
    if (record.owner != final_name || record.type != type) continue;
    found = true;
    read_data(record, judged);
  }
  // NXDOMAIN and NODATA, also at the end of a chain, live by the SOA; a chain by its own TTLs too.
  if (judged.rcode == dns::NXDOMAIN || (judged.rcode == dns::NOERROR && !found)) {
    judged.lifetime_s = std::min(smallest, negative_lifetime(authority, rules));
  } else if (judged.rcode == dns::NOERROR) {
    judged.lifetime_s = smallest;
  }

  MessageWriter writer(name, type, klass, judged.rcode, rules.trust_ad && ldns_pkt_ad(packet.get()));
  using Section = MessageWriter::Section;
  for (const Record& record : answers) {
    if (record.believed && (rules.dnssec_ok || record.type != dns::RRSIG || type == dns::RRSIG) &&
        !(judged.dropped_private && is_private_address(record)) &&
        !writer.add(Section::answer, record.owner, record.type, record.klass, record.ttl, record.rdata, true))
      return Problem{"upstream's answer is larger than a message can be"};
  }
  for (const Record& record : authority) {
    if (kept_in_authority(record.type, rules) &&
        !writer.add(Section::authority, record.owner, record.type, record.klass, record.ttl, record.rdata, true))
      return Problem{"upstream's answer is larger than a message can be"};
  }
  judged.message = writer.message();
  judged.ttl_offsets = writer.ttl_offsets();
  read_extended_error(ldns_pkt_edns_data(packet.get()), judged);
  return judged;
}

}  // namespace sinkfeed
