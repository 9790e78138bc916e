// The special-purpose address registries (RFC 6890, RFC 8190 and the IANA tables), multicast, and what lies outside
// the IPv6 global unicast block. More specific entries come before the networks that hold them.
#include <array>

#include "config/address.hpp"

namespace sinkfeed {
namespace {

struct Entry {
  Network network;
  std::string_view name;
};

Entry entry(std::string_view network, std::string_view name) { return {Network::parse(network).value(), name}; }

const auto& ipv4_entries() {
  static const std::array entries{
      entry("0.0.0.0/8", "this network"),
      entry("10.0.0.0/8", "private-use"),
      entry("100.64.0.0/10", "shared address space"),
      entry("127.0.0.0/8", "loopback"),
      entry("169.254.0.0/16", "link-local"),
      entry("172.16.0.0/12", "private-use"),
      entry("192.0.0.0/24", "IETF protocol assignments"),
      entry("192.0.2.0/24", "documentation"),
      entry("192.31.196.0/24", "AS112"),
      entry("192.52.193.0/24", "AMT"),
      entry("192.88.99.0/24", "6to4 relay anycast"),
      entry("192.168.0.0/16", "private-use"),
      entry("192.175.48.0/24", "AS112"),
      entry("198.18.0.0/15", "benchmarking"),
      entry("198.51.100.0/24", "documentation"),
      entry("203.0.113.0/24", "documentation"),
      entry("224.0.0.0/4", "multicast"),
      entry("255.255.255.255", "limited broadcast"),
      entry("240.0.0.0/4", "reserved"),
  };
  return entries;
}

const auto& ipv6_entries() {
  static const std::array entries{
      entry("::1", "loopback"),
      entry("::", "unspecified"),
      entry("::ffff:0:0/96", "IPv4-mapped"),
      entry("::/96", "IPv4-compatible"),
      entry("64:ff9b::/96", "NAT64"),
      entry("64:ff9b:1::/48", "NAT64"),
      entry("100::/64", "discard-only"),
      entry("2001::/32", "Teredo"),
      entry("2001:2::/48", "benchmarking"),
      entry("2001:3::/32", "AMT"),
      entry("2001:4:112::/48", "AS112"),
      entry("2001:10::/28", "ORCHID"),
      entry("2001:20::/28", "ORCHID"),
      entry("2001:30::/28", "drone remote ID"),
      entry("2001::/23", "IETF protocol assignments"),
      entry("2001:db8::/32", "documentation"),
      entry("2002::/16", "6to4"),
      entry("2620:4f:8000::/48", "AS112"),
      entry("3fff::/20", "documentation"),
      entry("5f00::/16", "segment routing"),
      entry("fc00::/7", "unique-local"),
      entry("fe80::/10", "link-local"),
      entry("fec0::/10", "site-local"),
      entry("ff00::/8", "multicast"),
  };
  return entries;
}

template <class Entries>
std::optional<std::string_view> first_holding(const Entries& entries, const IpAddress& address) {
  for (const auto& [network, name] : entries) {
    if (network.contains(address)) return name;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> special_purpose(const IpAddress& address) {
  if (address.is_v4()) return first_holding(ipv4_entries(), address);
  if (const auto name = first_holding(ipv6_entries(), address)) return name;
  // RFC 4291 2.4 and the IANA address space registry: global unicast is assigned from 2000::/3 only.
  if ((address.bytes()[0] & 0xe0) != 0x20) return "reserved";
  return std::nullopt;
}

}  // namespace sinkfeed
