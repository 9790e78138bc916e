#include "resolver/block_answer.hpp"

#include "resolver/message_writer.hpp"

namespace sinkfeed {

namespace {

constexpr std::uint32_t kAnyTtl = 3600;

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Owner, MNAME and RNAME are the question's name: nothing else is known to exist. Serial 1; MINIMUM is the block's TTL.
std::string soa(std::string_view name, std::uint32_t ttl) {
  std::string rdata = std::string(name) + std::string(name);
  for (const std::uint32_t value : {std::uint32_t{1}, ttl, ttl, ttl, ttl}) {
    for (int shift = 24; shift >= 0; shift -= 8) rdata += static_cast<char>(value >> shift);
  }
  return rdata;
}

}  // namespace

PreparedAnswer prepared_from(const MadeAnswer& made, Verdict verdict, std::chrono::seconds lifetime,
                             std::string_view rule) {
  return {.verdict = verdict,
          .rcode = made.rcode,
          .ede = made.ede,
          .has_ede = made.has_ede,
          .lifetime_s = static_cast<std::uint32_t>(lifetime.count()),
          .message = made.message,
          .ttl_offsets = {},
          .rule = rule};
}

MadeAnswer make_answer(const Settings::Block& block, Decision::Action action, std::string_view name,
                       std::uint16_t type) {
  MadeAnswer made;
  const auto ttl = static_cast<std::uint32_t>(block.ttl.count());
  if (action == Decision::Action::any) {
    MessageWriter writer(name, type, dns::IN, dns::NOERROR, false);
    const std::string hinfo = std::string("\x07RFC8482", 8) + '\0';
    writer.add(MessageWriter::Section::answer, name, dns::HINFO, dns::IN, kAnyTtl, hinfo, false);
    made.message = writer.message();
    return made;
  }
  made.has_ede = true;
  made.ede = dns::BLOCKED;
  const bool no_data = action == Decision::Action::no_data;
  if (!no_data && block.mode == BlockMode::refused) made.rcode = dns::REFUSED;
  if (!no_data && block.mode == BlockMode::nxdomain) made.rcode = dns::NXDOMAIN;
  const bool address_type = type == dns::A || type == dns::AAAA;
  const bool with_address =
      !no_data && address_type && (block.mode == BlockMode::sinkhole || block.mode == BlockMode::null_ip);
  MessageWriter writer(name, type, dns::IN, made.rcode, false);
  if (with_address) {
    static constexpr std::uint8_t kNull[16] = {};
    const bool null = block.mode == BlockMode::null_ip;
    const std::string_view address = type == dns::A ? (null ? text_of({kNull, 4}) : text_of(block.ipv4.bytes()))
                                                    : (null ? text_of({kNull, 16}) : text_of(block.ipv6.bytes()));
    writer.add(MessageWriter::Section::answer, name, type, dns::IN, ttl, address, false);
  } else if (made.rcode != dns::REFUSED) {
    writer.add(MessageWriter::Section::authority, name, dns::SOA, dns::IN, ttl, soa(name, ttl), false);
  }
  made.message = writer.message();
  return made;
}

}  // namespace sinkfeed
