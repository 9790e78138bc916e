#include "resolver/judge.hpp"

#include <algorithm>
#include <bitset>
#include <boost/container/small_vector.hpp>
#include <tuple>

#include "resolver/message_reader.hpp"
#include "resolver/message_writer.hpp"
#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kMaxChain = 16;
constexpr std::size_t kUsualRecords = 16;
constexpr std::size_t kSmallestRecord = 11;  // a root owner and no RDATA

struct Record : MessageRecord {
  bool believed = false;
};
using Records = boost::container::small_vector<Record, kUsualRecords>;
using Section = MessageReader::Section;

const std::uint8_t* bytes_of(std::string_view data) { return reinterpret_cast<const std::uint8_t*>(data.data()); }

DnsName name_of(std::string_view wire) { return DnsName::from_wire({bytes_of(wire), wire.size()}); }

// The section's records with their TTLs as the rules want them. False: malformed.
bool read_section(MessageReader& reader, Section section, std::size_t message_size, const JudgeRules& rules,
                  Records& records) {
  records.reserve(std::min<std::size_t>(reader.count(section), message_size / kSmallestRecord));
  for (unsigned left = reader.count(section); left; left--) {
    Record& record = records.emplace_back();
    if (!reader.read_record(record)) return false;
    if (record.ttl & 0x80000000u) record.ttl = 0;
    record.ttl = std::clamp(record.ttl, rules.min_ttl, rules.max_ttl);
  }
  return true;
}

// Nothing of the section is kept but the options of its OPT. False: malformed.
bool read_additional(MessageReader& reader, std::string_view& options) {
  MessageRecord record;
  for (unsigned left = reader.count(Section::additional); left; left--) {
    if (!reader.read_record(record)) return false;
    if (record.type == dns::OPT && !record.rdata.empty()) options = record.rdata;
  }
  return true;
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

// RFC 9460: the addresses in ipv4hint (4) and ipv6hint (6), of parameters that begin at `at`.
template <class Function>
void for_each_hint(std::string_view rdata, std::size_t at, const Function& function) {
  const std::uint8_t* bytes = bytes_of(rdata);
  while (at + 4 <= rdata.size()) {
    const std::uint16_t key = dns::read16(bytes + at), size = dns::read16(bytes + at + 2);
    at += 4;
    if (at + size > rdata.size()) return;
    const std::size_t width = key == 4 ? 4 : key == 6 ? 16 : 0;
    for (std::size_t hint = at; width && hint + width <= at + size; hint += width) {
      function(width == 4 ? IpAddress::v4(std::span<const std::uint8_t, 4>(bytes + hint, 4))
                          : IpAddress::v6(std::span<const std::uint8_t, 16>(bytes + hint, 16)));
    }
    at += size;
  }
}

void read_service_binding(std::string_view rdata, JudgedAnswer& judged) {
  const std::size_t end = name_end(rdata, 2);
  if (!end) return;
  if (end > 3) judged.leads_to.push_back(name_of(rdata.substr(2, end - 2)));
  for_each_hint(rdata, end, [&](const IpAddress& address) { judged.addresses.push_back(address); });
}

void read_data(const Record& record, JudgedAnswer& judged) {
  const std::uint8_t* bytes = bytes_of(record.rdata);
  if (record.type == dns::A) {
    judged.addresses.push_back(IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4)));
  } else if (record.type == dns::AAAA) {
    judged.addresses.push_back(IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16)));
  } else if (record.type == dns::SRV && record.rdata.size() > 7) {
    judged.leads_to.push_back(name_of(record.rdata.substr(6)));
  } else if (record.type == dns::MX && record.rdata.size() > 3) {
    judged.mail_hosts.push_back(name_of(record.rdata.substr(2)));
  } else if (record.type == dns::SVCB || record.type == dns::HTTPS) {
    read_service_binding(record.rdata, judged);
  }
}

// The type that a signature signs.
std::uint16_t covered_by(const Record& signature) { return dns::read16(bytes_of(signature.rdata)); }

bool is_of(const Record& record, std::uint16_t type) {
  return record.type == type || (record.type == dns::RRSIG && covered_by(record) == type);
}

void believe(Records& records, std::string_view owner, std::uint16_t type) {
  for (Record& record : records) {
    if (is_of(record, type) && record.owner == owner) record.believed = true;
  }
}

// Whether `name` is `ancestor` or below it; both lower case.
bool is_at_or_below(std::string_view name, std::string_view ancestor) {
  while (name.size() > ancestor.size()) name.remove_prefix(static_cast<std::uint8_t>(name[0]) + std::size_t{1});
  return name == ancestor;
}

// A CNAME that was made from a DNAME comes with it (RFC 6672 3.1).
void believe_dnames_above(Records& answers, std::string_view name) {
  std::bitset<dns::kMaxName + 1> dnames;  // by their owners' size: no two names above one have the same
  for (Record& record : answers) {
    if (record.type != dns::DNAME || !is_at_or_below(name, record.owner)) continue;
    record.believed = true;
    dnames.set(record.owner.size());
  }
  if (dnames.none()) return;
  for (Record& record : answers) {
    if (record.type == dns::RRSIG && covered_by(record) == dns::DNAME && dnames[record.owner.size()] &&
        is_at_or_below(name, record.owner))
      record.believed = true;
  }
}

// Follows CNAME (and the DNAME that a CNAME was made from) from QNAME; returns the name at the end. Nothing: the
// aliases lead round, which is an error (RFC 1034 3.6.2), or there are more than we follow.
std::optional<std::string_view> follow(Records& answers, std::string_view name, std::uint16_t type,
                                       JudgedAnswer& judged) {
  std::string_view current = name;
  while (type != dns::CNAME) {
    const auto link = std::find_if(answers.begin(), answers.end(),
                                   [&](const Record& r) { return r.type == dns::CNAME && r.owner == current; });
    if (link == answers.end()) break;
    DnsName target = name_of(link->rdata);
    if (judged.chain.size() == kMaxChain || target.wire() == name ||
        std::find(judged.chain.begin(), judged.chain.end(), target) != judged.chain.end())
      return std::nullopt;
    believe_dnames_above(answers, current);
    believe(answers, current, dns::CNAME);
    judged.chain.reserve(kMaxChain);  // so that `current` stays where it is
    judged.chain.push_back(target);
    judged.leads_to.push_back(std::move(target));
    current = judged.chain.back().wire();
  }
  return current;
}

// Those that are believed: nothing else is looked at any more. A signature's TTL is its own (RFC 4034 3).
void make_ttls_equal(Records& records) {
  boost::container::small_vector<Record*, kUsualRecords> sorted;
  for (Record& record : records) {
    if (record.believed && record.type != dns::RRSIG) sorted.push_back(&record);
  }
  const auto key = [](const Record* record) { return std::tie(record->type, record->owner); };
  std::sort(sorted.begin(), sorted.end(), [&](const Record* a, const Record* b) { return key(a) < key(b); });
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto last = std::find_if(first, sorted.end(), [&](const Record* r) { return key(r) != key(*first); });
    std::uint32_t smallest = (*first)->ttl;
    for (auto at = first; at != last; ++at) smallest = std::min(smallest, (*at)->ttl);
    for (; first != last; ++first) (*first)->ttl = smallest;
  }
}

bool kept_in_authority(std::uint16_t type, const JudgeRules& rules) {
  if (type == dns::SOA) return true;
  if (!rules.dnssec_ok) return false;
  return type == dns::NSEC || type == dns::NSEC3 || type == dns::RRSIG || type == dns::DS;
}

// What a page on the internet must not make a browser talk to.
bool is_private(const IpAddress& address) {
  static const Network nat64 = Network::parse("64:ff9b::/96").value();
  // It leads to the IPv4 address in its last bytes (RFC 6052 2.1).
  if (nat64.contains(address))
    return is_private(IpAddress::v4(std::span<const std::uint8_t, 4>(address.bytes().data() + 12, 4)));
  const auto special = special_purpose(address);
  // Others (documentation, benchmarking) reach nobody's machines.
  return special && *special != "documentation" && *special != "benchmarking";
}

// An HTTPS record goes with its hints: clients do without it, and ask for the addresses themselves (RFC 9460 3).
bool has_private_address(const Record& record) {
  const std::uint8_t* bytes = bytes_of(record.rdata);
  if (record.type == dns::A) return is_private(IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4)));
  if (record.type == dns::AAAA) return is_private(IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16)));
  if (record.type != dns::SVCB && record.type != dns::HTTPS) return false;
  bool found = false;
  if (const std::size_t end = name_end(record.rdata, 2))
    for_each_hint(record.rdata, end, [&](const IpAddress& address) { found = found || is_private(address); });
  return found;
}

// RFC 8914 2: the first option of code 15.
void read_extended_error(std::string_view all, JudgedAnswer& judged) {
  const std::uint8_t* bytes = bytes_of(all);
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

// RFC 2308 5: the smaller of the SOA's TTL and its MINIMUM, capped. The SOA takes that as its TTL, so that caches
// behind us keep the answer no longer than we do (RFC 2308 3).
std::uint32_t negative_lifetime(Records& authority, const JudgeRules& rules) {
  for (Record& record : authority) {
    if (record.type != dns::SOA) continue;
    const std::uint32_t minimum = dns::read32(bytes_of(record.rdata) + record.rdata.size() - 4);
    record.ttl = std::min({record.ttl, std::max(minimum, rules.min_ttl), rules.max_negative_ttl});
    return record.ttl;
  }
  return 0;
}

template <class Condition>
void drop(Records& records, const Condition& condition) {
  records.erase(std::remove_if(records.begin(), records.end(), condition), records.end());
}

// A zone's SOA speaks for names in it: another's would set how long this answer is kept.
void drop_foreign_soas(Records& authority, std::string_view name) {
  drop(authority, [&](const Record& record) {
    return record.type == dns::SOA && !name_of(name).is_at_or_below(name_of(record.owner));
  });
}

}  // namespace

Result<JudgedAnswer> judge(std::span<const std::uint8_t> message, std::string_view name, std::uint16_t type,
                           std::uint16_t klass, const JudgeRules& rules) {
  MessageReader reader(message);
  const auto malformed = [&] { return Problem{"malformed answer from upstream: " + std::string(reader.problem())}; };
  if (!reader.read_question()) return malformed();
  if (!(reader.flags() & dns::kQr)) return Problem{"upstream's message is no answer"};
  const MessageRecord& question = reader.question();
  if (question.type != type || question.klass != klass || question.owner != name)
    return Problem{"upstream answered another question"};
  Records answers, authority;
  std::string_view options;
  if (!read_section(reader, Section::answer, message.size(), rules, answers) ||
      !read_section(reader, Section::authority, message.size(), rules, authority) || !read_additional(reader, options))
    return malformed();
  for (Records* records : {&answers, &authority})
    drop(*records, [&](const Record& record) { return record.klass != klass; });

  JudgedAnswer judged;
  judged.rcode = static_cast<std::uint8_t>(reader.flags() & dns::kRcodeMask);
  const auto end_of_chain = follow(answers, name, type, judged);
  if (!end_of_chain) return Problem{"upstream's answer has aliases that lead round, or too many"};
  const std::string_view final_name = *end_of_chain;
  believe(answers, final_name, type);
  if (type == dns::CNAME) believe_dnames_above(answers, final_name);
  make_ttls_equal(answers);
  bool found = false;
  std::uint32_t smallest = rules.max_ttl;
  for (const Record& record : answers) {
    if (!record.believed) continue;
    if (rules.drop_private && has_private_address(record)) judged.dropped_private = true;
    smallest = std::min(smallest, record.ttl);
    if (record.owner != final_name || record.type != type) continue;
    found = true;
    judged.data_ttl_s = record.ttl;
    read_data(record, judged);
  }
  // NXDOMAIN and NODATA, also at the end of a chain, live by the SOA; a chain by its own TTLs too.
  drop_foreign_soas(authority, final_name);
  if (judged.rcode == dns::NXDOMAIN || (judged.rcode == dns::NOERROR && !found)) {
    judged.lifetime_s = std::min(smallest, negative_lifetime(authority, rules));
  } else if (judged.rcode == dns::NOERROR) {
    judged.lifetime_s = smallest;
  }

  // What upstream has validated is the whole.
  const bool authentic = rules.trust_ad && (reader.flags() & dns::kAd) && !judged.dropped_private;
  MessageWriter writer(name, type, klass, judged.rcode, authentic);
  for (const Record& record : answers) {
    if (record.believed && (rules.dnssec_ok || record.type != dns::RRSIG || type == dns::RRSIG) &&
        !(judged.dropped_private && has_private_address(record)) &&
        !writer.add(MessageWriter::Section::answer, record.owner, record.type, record.klass, record.ttl, record.rdata,
                    true))
      return Problem{"upstream's answer is larger than a message can be"};
  }
  for (const Record& record : authority) {
    if (kept_in_authority(record.type, rules) && !writer.add(MessageWriter::Section::authority, record.owner,
                                                             record.type, record.klass, record.ttl, record.rdata, true))
      return Problem{"upstream's answer is larger than a message can be"};
  }
  judged.message = writer.take_message();
  judged.ttl_offsets = writer.take_ttl_offsets();
  read_extended_error(options, judged);
  return judged;
}

}  // namespace sinkfeed
