#include "resolver/nxdomain_cut.hpp"

#include <cstring>

#include "resolver/wire_name.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kSoaNumbers = 20;

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

NxdomainAnswer::NxdomainAnswer(std::string_view cached, std::string_view name, std::uint16_t type) {
  std::memset(bytes_.data(), 0, dns::kHeaderSize);
  dns::write16(bytes_.data() + 2, dns::kQr | dns::kRa | dns::NXDOMAIN);
  dns::write16(bytes_.data() + 4, 1);
  std::memcpy(bytes_.data() + dns::kHeaderSize, name.data(), name.size());
  size_ = dns::kHeaderSize + name.size();
  dns::write16(bytes_.data() + size_, type);
  dns::write16(bytes_.data() + size_ + 2, dns::IN);
  size_ += 4;

  const auto in = bytes_of(cached);
  if (in.size() < dns::kHeaderSize) return;
  std::size_t at = skip_name(in, dns::kHeaderSize);
  if (!at) return;
  at += 4;
  for (unsigned left = dns::read16(in.data() + 6) + dns::read16(in.data() + 8); left; left--) {
    const std::size_t owner_at = at;
    at = skip_name(in, at);
    if (!at || at + 10 > in.size()) return;
    if (dns::read16(in.data() + at) == dns::SOA) {
      add_soa(in, owner_at, name);
      return;
    }
    at += 10u + dns::read16(in.data() + at + 8);
  }
}

void NxdomainAnswer::add_soa(std::span<const std::uint8_t> cached, std::size_t owner_at, std::string_view name) {
  std::uint8_t owner[dns::kMaxName];
  const std::size_t owner_size = expand_name(cached, owner_at, owner);
  const std::size_t fixed = skip_name(cached, owner_at), rdata = fixed + 10;
  const std::size_t size = dns::read16(cached.data() + fixed + 8);
  if (!owner_size || rdata + size > cached.size()) return;
  std::uint8_t* to = bytes_.data() + size_;
  // As a rule the zone is above the name, and stands in the question.
  const std::string_view zone{reinterpret_cast<const char*>(owner), owner_size};
  if (owner_size > 1 && name.ends_with(zone)) {
    dns::write16(to, static_cast<std::uint16_t>(0xc000 | (dns::kHeaderSize + name.size() - owner_size)));
    to += 2;
  } else {
    std::memcpy(to, owner, owner_size);
    to += owner_size;
  }
  std::memcpy(to, cached.data() + fixed, 8);
  std::uint8_t* const length_at = to + 8;
  to += 10;
  const std::size_t server = expand_name(cached, rdata, to);
  const std::size_t mailbox_at = skip_name(cached, rdata);
  if (!server || !mailbox_at) return;
  const std::size_t mailbox = expand_name(cached, mailbox_at, to + server);
  const std::size_t numbers_at = skip_name(cached, mailbox_at);
  if (!mailbox || !numbers_at || numbers_at + kSoaNumbers != rdata + size) return;
  to += server + mailbox;
  std::memcpy(to, cached.data() + numbers_at, kSoaNumbers);
  to += kSoaNumbers;
  dns::write16(length_at, static_cast<std::uint16_t>(to - length_at - 2));
  dns::write16(bytes_.data() + 8, 1);
  ttl_offset_ = static_cast<std::uint16_t>(length_at - 4 - bytes_.data());
  size_ = static_cast<std::size_t>(to - bytes_.data());
}

}  // namespace sinkfeed
