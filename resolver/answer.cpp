#include "resolver/answer.hpp"

#include <algorithm>
#include <cstring>

namespace sinkfeed {

namespace {

constexpr std::size_t kMaxErrorText = 200;
constexpr std::uint16_t kEdeOption = 15;

// What goes out of a text: whole characters. Of UTF-8, all bytes but a character's first are 0x80 to 0xbf.
std::size_t text_size(std::string_view text) {
  if (text.size() <= kMaxErrorText) return text.size();
  std::size_t size = kMaxErrorText;
  while (size && (static_cast<std::uint8_t>(text[size]) & 0xc0) == 0x80) size--;
  return size;
}

std::size_t opt_size(const Query& query, const ExtendedError& error) {
  if (!query.edns) return 0;
  return 11 + (error.present ? 6 + text_size(error.text) : 0);
}

// RFC 6891 6.1.2: our payload size, the RCODE's upper bits, version 0, DO copied (RFC 3225 3).
std::size_t write_opt(const Query& query, std::uint16_t rcode, const ExtendedError& error, std::uint8_t* at) {
  if (!query.edns) return 0;
  at[0] = 0;
  dns::write16(at + 1, dns::OPT);
  dns::write16(at + 3, dns::kMaxUdpAnswer);
  at[5] = static_cast<std::uint8_t>(rcode >> 4);
  at[6] = 0;
  dns::write16(at + 7, query.dnssec_ok ? 0x8000 : 0);
  dns::write16(at + 9, 0);
  if (!error.present) return 11;
  const std::size_t text = text_size(error.text);
  dns::write16(at + 9, static_cast<std::uint16_t>(6 + text));
  dns::write16(at + 11, kEdeOption);
  dns::write16(at + 13, static_cast<std::uint16_t>(2 + text));
  dns::write16(at + 15, error.code);
  if (text) std::memcpy(at + 17, error.text.data(), text);
  return 17 + text;
}

}  // namespace

std::size_t write_answer(const Query& query, std::string_view message, std::span<const std::uint16_t> ttl_offsets,
                         std::uint32_t age_s, const ExtendedError& error, std::size_t limit,
                         std::span<std::uint8_t> out) {
  const auto* source = reinterpret_cast<const std::uint8_t*>(message.data());
  const std::uint16_t prepared = dns::read16(source + 2);
  const std::size_t opt = opt_size(query, error);
  limit = std::min(limit, out.size());
  if (message.size() + opt > limit) {
    if (message.size() + opt_size(query, {}) <= limit)
      return write_answer(query, message, ttl_offsets, age_s, {}, limit, out);
    // Over TCP, where there is more room than over UDP, nobody could come back for the rest.
    if (limit > dns::kMaxUdpAnswer) return write_bare(query, dns::SERVFAIL, {}, false, out);
    return write_bare(query, prepared & dns::kRcodeMask, {}, true, out);
  }
  std::uint8_t* bytes = out.data();
  std::memcpy(bytes, source, message.size());
  dns::write16(bytes, query.id);
  std::uint16_t header = static_cast<std::uint16_t>(prepared | (query.header & (dns::kRd | dns::kCd)));
  if (!query.authentic_data() && !query.dnssec_ok) header &= static_cast<std::uint16_t>(~dns::kAd);
  dns::write16(bytes + 2, header);
  std::memcpy(bytes + dns::kHeaderSize, query.sent_name.data(), query.sent_name.size());
  // An NXDOMAIN from the cache is of the name and answers any type.
  dns::write16(bytes + dns::kHeaderSize + query.sent_name.size(), query.type);
  if (age_s) {
    for (const std::uint16_t offset : ttl_offsets) {
      const std::uint32_t ttl = dns::read32(bytes + offset);
      dns::write32(bytes + offset, ttl > age_s ? ttl - age_s : 0);
    }
  }
  if (opt) {
    dns::write16(bytes + 10, 1);
    write_opt(query, prepared & dns::kRcodeMask, error, bytes + message.size());
  }
  return message.size() + opt;
}

std::size_t write_bare(const Query& query, std::uint16_t rcode, const ExtendedError& error, bool truncated,
                       std::span<std::uint8_t> out) {
  std::uint8_t* bytes = out.data();
  std::memset(bytes, 0, dns::kHeaderSize);
  dns::write16(bytes, query.id);
  dns::write16(bytes + 2, static_cast<std::uint16_t>(dns::kQr | dns::kRa | (truncated ? dns::kTc : 0) |
                                                     (query.header & (dns::kOpcodeMask | dns::kRd | dns::kCd)) |
                                                     (rcode & dns::kRcodeMask)));
  std::size_t size = dns::kHeaderSize;
  if (query.has_question) {
    dns::write16(bytes + 4, 1);
    std::memcpy(bytes + size, query.sent_name.data(), query.sent_name.size());
    size += query.sent_name.size();
    dns::write16(bytes + size, query.type);
    dns::write16(bytes + size + 2, query.klass);
    size += 4;
  }
  if (query.edns) {
    dns::write16(bytes + 10, 1);
    size += write_opt(query, rcode, error, bytes + size);
  }
  return size;
}

}  // namespace sinkfeed
