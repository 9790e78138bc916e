#include "resolver/message_writer.hpp"

namespace sinkfeed {

namespace {

void put16(std::string& to, std::uint16_t value) {
  to += static_cast<char>(value >> 8);
  to += static_cast<char>(value);
}

constexpr std::size_t kMaxPointer = 0x3fff;
constexpr std::size_t kUsualMessage = 512, kUsualRecords = 8;

}  // namespace

MessageWriter::MessageWriter(std::string_view name, std::uint16_t type, std::uint16_t klass, std::uint8_t rcode,
                             bool authentic) {
  message_.reserve(kUsualMessage);
  ttl_offsets_.reserve(kUsualRecords);
  put16(message_, 0);
  put16(message_,
        static_cast<std::uint16_t>(dns::kQr | dns::kRa | (authentic ? dns::kAd : 0) | (rcode & dns::kRcodeMask)));
  put16(message_, 1);
  for (int i = 0; i < 3; i++) put16(message_, 0);
  add_name(name);
  put16(message_, type);
  put16(message_, klass);
}

bool MessageWriter::stands_at(std::size_t offset, std::string_view name) const {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(message_.data());
  for (;;) {
    if (bytes[offset] >= 0xc0) {
      offset = dns::read16(bytes + offset) & kMaxPointer;
      continue;
    }
    const std::size_t label = bytes[offset] + std::size_t{1};
    if (message_.compare(offset, label, name, 0, label) != 0) return false;
    if (label == 1) return true;
    offset += label;
    name.remove_prefix(label);
  }
}

const MessageWriter::Place* MessageWriter::find(std::string_view name) const {
  for (const Place& place : std::span(places_).first(known_)) {
    if (place.size == name.size() && stands_at(place.offset, name)) return &place;
  }
  return nullptr;
}

void MessageWriter::add_name(std::string_view name) {
  for (; name.size() > 1; name.remove_prefix(static_cast<std::uint8_t>(name[0]) + std::size_t{1})) {
    if (const Place* known = find(name)) {
      put16(message_, static_cast<std::uint16_t>(0xc000 | known->offset));
      return;
    }
    if (message_.size() <= kMaxPointer && known_ < places_.size())
      places_[known_++] = {static_cast<std::uint16_t>(message_.size()), static_cast<std::uint8_t>(name.size())};
    message_.append(name, 0, static_cast<std::uint8_t>(name[0]) + std::size_t{1});
  }
  message_ += '\0';
}

bool MessageWriter::add(Section section, std::string_view owner, std::uint16_t type, std::uint16_t klass,
                        std::uint32_t ttl, std::string_view rdata, bool counts_down) {
  if (message_.size() + owner.size() + 10 + rdata.size() > dns::kMaxMessage) return false;
  add_name(owner);
  if (counts_down) ttl_offsets_.push_back(static_cast<std::uint16_t>(message_.size() + 4));
  std::array<std::uint8_t, 10> fixed;
  dns::write16(fixed.data(), type);
  dns::write16(fixed.data() + 2, klass);
  dns::write32(fixed.data() + 4, ttl);
  dns::write16(fixed.data() + 8, 0);
  message_.append(reinterpret_cast<const char*>(fixed.data()), fixed.size());
  const std::size_t rdata_at = message_.size();
  // Only the RFC 1035 types whose RDATA is one name may be compressed (RFC 3597 4); a CNAME chain gains most.
  if (type == dns::CNAME || type == dns::NS || type == dns::PTR) {
    add_name(rdata);
  } else {
    message_.append(rdata);
  }
  auto* bytes = reinterpret_cast<std::uint8_t*>(message_.data());
  dns::write16(bytes + rdata_at - 2, static_cast<std::uint16_t>(message_.size() - rdata_at));
  std::uint8_t* count = bytes + (section == Section::answer ? 6 : 8);
  dns::write16(count, static_cast<std::uint16_t>(dns::read16(count) + 1));
  return true;
}

}  // namespace sinkfeed
