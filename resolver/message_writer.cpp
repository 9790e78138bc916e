#include "resolver/message_writer.hpp"

namespace sinkfeed {

namespace {

void put16(std::string& to, std::uint16_t value) {
  to += static_cast<char>(value >> 8);
  to += static_cast<char>(value);
}

constexpr std::size_t kMaxPointer = 0x3fff;

}  // namespace

MessageWriter::MessageWriter(std::string_view name, std::uint16_t type, std::uint16_t klass, std::uint8_t rcode,
                             bool authentic) {
  put16(message_, 0);
  put16(message_,
        static_cast<std::uint16_t>(dns::kQr | dns::kRa | (authentic ? dns::kAd : 0) | (rcode & dns::kRcodeMask)));
  put16(message_, 1);
  for (int i = 0; i < 3; i++) put16(message_, 0);
  add_name(name);
  put16(message_, type);
  put16(message_, klass);
}

void MessageWriter::add_name(std::string_view name) {
  while (name.size() > 1) {
    const auto [known, fresh] = seen_.try_emplace(std::string(name), static_cast<std::uint16_t>(message_.size()));
    if (!fresh) {
      put16(message_, static_cast<std::uint16_t>(0xc000 | known->second));
      return;
    }
    if (message_.size() > kMaxPointer) seen_.erase(known);
    const std::size_t label = static_cast<std::uint8_t>(name[0]) + std::size_t{1};
    message_.append(name, 0, label);
    name.remove_prefix(label);
  }
  message_ += '\0';
}

bool MessageWriter::add(Section section, std::string_view owner, std::uint16_t type, std::uint16_t klass,
                        std::uint32_t ttl, std::string_view rdata, bool counts_down) {
  if (message_.size() + owner.size() + 10 + rdata.size() > dns::kMaxMessage) return false;
  add_name(owner);
  put16(message_, type);
  put16(message_, klass);
  if (counts_down) ttl_offsets_.push_back(static_cast<std::uint16_t>(message_.size()));
  put16(message_, static_cast<std::uint16_t>(ttl >> 16));
  put16(message_, static_cast<std::uint16_t>(ttl));
  const std::size_t length_at = message_.size();
  put16(message_, 0);
  // Only the RFC 1035 types whose RDATA is one name may be compressed (RFC 3597 4); a CNAME chain gains most.
  if (type == dns::CNAME || type == dns::NS || type == dns::PTR) {
    add_name(rdata);
  } else {
    message_.append(rdata);
  }
  auto* bytes = reinterpret_cast<std::uint8_t*>(message_.data());
  dns::write16(bytes + length_at, static_cast<std::uint16_t>(message_.size() - length_at - 2));
  std::uint8_t* count = bytes + (section == Section::answer ? 6 : 8);
  dns::write16(count, static_cast<std::uint16_t>(dns::read16(count) + 1));
  return true;
}

}  // namespace sinkfeed
