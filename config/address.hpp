// IP addresses and networks: plain values, ordered IPv4 before IPv6, then numerically.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/result.hpp"

struct sockaddr;

namespace sinkfeed {

class IpAddress {
 public:
  // The unspecified IPv4 address.
  IpAddress() = default;
  static IpAddress v4(std::span<const std::uint8_t, 4> bytes) {
    IpAddress address;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
  }
  static IpAddress v6(std::span<const std::uint8_t, 16> bytes) {
    IpAddress address;
    address.family_ = 6;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
  }
  // From an AF_INET or AF_INET6 socket address; an IPv4-mapped IPv6 address becomes IPv4.
  static IpAddress from(const sockaddr& address);
  // Dotted quad without leading zeros, or RFC 4291 text. No zone, no port.
  static Result<IpAddress> parse(std::string_view text);

  bool is_v4() const { return family_ == 4; }
  bool is_v6() const { return family_ == 6; }
  int family() const { return family_; }  // 4 or 6
  // 4 or 16 bytes in network order; valid as long as the address lives.
  std::span<const std::uint8_t> bytes() const {
    return {bytes_.data(), family_ == 4 ? std::size_t{4} : std::size_t{16}};
  }
  // Dotted quad, or RFC 5952.
  std::string text() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::uint8_t family_ = 4;
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 in the first four, the rest zero
};

// An address and a prefix length; host bits are zero.
class Network {
 public:
  Network(const IpAddress& address, int prefix);  // host bits are cleared
  // For what was a network before: nothing is looked at.
  enum class HostBits : bool { are_zero };
  Network(const IpAddress& address, int prefix, HostBits) : address_(address), prefix_(prefix) {}
  // "192.0.2.0/24", "2001:db8::/32", or a bare address (a host). Set host bits are an error that names the right
  // network.
  static Result<Network> parse(std::string_view text);

  const IpAddress& address() const { return address_; }
  int prefix() const { return prefix_; }
  bool contains(const IpAddress& address) const;
  std::string text() const;  // with the prefix, always

  friend auto operator<=>(const Network&, const Network&) = default;

 private:
  IpAddress address_;
  int prefix_;
};

// Address and port: "192.0.2.53:5353", "[2001:db8::53]:53"; a bare address takes `default_port`.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;
  static Result<Endpoint> parse(std::string_view text, std::uint16_t default_port);
  std::string text() const;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// The special-purpose network that holds `address`, as a name for a person ("private-use", "loopback", "multicast"), or
// nothing if it is an ordinary unicast address. RFC 6890 and the IANA registries that update it, and multicast; IPv6
// addresses that embed IPv4 (mapped, NAT64, 6to4, Teredo) are special too.
std::optional<std::string_view> special_purpose(const IpAddress& address);

}  // namespace sinkfeed

template <>
struct std::hash<sinkfeed::IpAddress> {
  std::size_t operator()(const sinkfeed::IpAddress& address) const noexcept;
};
