#include "resolver/client_subnet.hpp"

#include <algorithm>
#include <array>

#include "resolver/message_reader.hpp"
#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

constexpr std::uint16_t kCode = 8;
constexpr std::uint16_t kIpv4 = 1, kIpv6 = 2;  // IANA's address families
constexpr std::size_t kHead = 4, kFixed = 4;   // code and length; family and prefix lengths

std::size_t bytes_for(int prefix) { return static_cast<std::size_t>((prefix + 7) / 8); }

ClientSubnetAnswer malformed() { return {ClientSubnetAnswer::Kind::malformed, std::nullopt}; }

// The option's data. An address is as long as its prefix needs and zero behind it; anything else is malformed.
ClientSubnetAnswer parse(std::span<const std::uint8_t> data) {
  if (data.size() < kFixed) return malformed();
  const std::uint16_t family = dns::read16(data.data());
  if (family != kIpv4 && family != kIpv6) return malformed();
  const int longest = family == kIpv4 ? 32 : 128;
  const int source = data[2], scope = data[3];
  if (source > longest || scope > longest || data.size() != kFixed + bytes_for(source)) return malformed();
  std::array<std::uint8_t, 16> bytes{};
  std::copy(data.begin() + kFixed, data.end(), bytes.begin());
  const IpAddress address =
      family == kIpv4 ? IpAddress::v4(std::span<const std::uint8_t, 4>(bytes.data(), 4)) : IpAddress::v6(bytes);
  const Network network(address, source);
  if (network.address() != address) return malformed();
  return {ClientSubnetAnswer::Kind::present, ClientSubnet{network, scope}};
}

}  // namespace

std::size_t write_client_subnet(const Network& subnet, std::span<std::uint8_t, kMaxClientSubnetOption> to) {
  const std::size_t size = bytes_for(subnet.prefix());
  dns::write16(to.data(), kCode);
  dns::write16(to.data() + 2, static_cast<std::uint16_t>(kFixed + size));
  dns::write16(to.data() + 4, subnet.address().is_v4() ? kIpv4 : kIpv6);
  to[6] = static_cast<std::uint8_t>(subnet.prefix());
  to[7] = 0;
  const auto bytes = subnet.address().bytes();
  std::copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size), to.begin() + kHead + kFixed);
  return kHead + kFixed + size;
}

ClientSubnetAnswer read_client_subnet(std::string_view options) {
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(options.data()), options.size());
  for (std::size_t at = 0; at < bytes.size();) {
    if (at + kHead > bytes.size()) return malformed();
    const std::uint16_t code = dns::read16(bytes.data() + at), size = dns::read16(bytes.data() + at + 2);
    at += kHead;
    if (at + size > bytes.size()) return malformed();
    if (code == kCode) return parse(bytes.subspan(at, size));
    at += size;
  }
  return {};
}

ClientSubnetAnswer client_subnet_of(std::span<const std::uint8_t> message) {
  using Section = MessageReader::Section;
  MessageReader reader(message);
  if (!reader.read_question()) return malformed();
  MessageRecord record;
  for (const Section section : {Section::answer, Section::authority, Section::additional}) {
    for (unsigned left = reader.count(section); left; left--) {
      if (!reader.read_record(record)) return malformed();
      if (section == Section::additional && record.type == dns::OPT) return read_client_subnet(record.rdata);
    }
  }
  return {};
}

}  // namespace sinkfeed
