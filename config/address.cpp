// IP addresses, networks and endpoints: reading, writing, comparing.
#include "config/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace sinkfeed {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

int width(const IpAddress& address) { return address.is_v4() ? 32 : 128; }

IpAddress from_bytes(int family, const std::array<std::uint8_t, 16>& bytes) {
  if (family == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>{bytes.data(), 4});
  return IpAddress::v6(bytes);
}

IpAddress masked(const IpAddress& address, int prefix) {
  std::array<std::uint8_t, 16> bytes{};
  const auto from = address.bytes();
  for (std::size_t i = 0; i < from.size(); ++i) {
    const int kept = std::clamp(prefix - static_cast<int>(i) * 8, 0, 8);
    bytes[i] = static_cast<std::uint8_t>(from[i] & (0xff << (8 - kept)));
  }
  return from_bytes(address.family(), bytes);
}

// All of `text` as a decimal number without sign or leading zeros, at most `max`.
std::optional<int> read_number(std::string_view text, int max) {
  int value = 0;
  if (text.empty() || text.front() == '-' || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  return value;
}

}  // namespace

IpAddress IpAddress::from(const sockaddr& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (address.sa_family == AF_INET) {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in&>(address).sin_addr, 4);
    return from_bytes(4, bytes);
  }
  if (address.sa_family != AF_INET6) throw std::invalid_argument("IpAddress::from: not an IP socket address");
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, 16);
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    return v4(std::span<const std::uint8_t, 4>{bytes.data() + 12, 4});
  }
  return v6(bytes);
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  std::array<std::uint8_t, 16> bytes{};
  if (text.size() < terminated.size() && text.find('\0') == std::string_view::npos) {
    std::copy(text.begin(), text.end(), terminated.begin());
    if (inet_pton(AF_INET, terminated.data(), bytes.data()) == 1) return from_bytes(4, bytes);
    if (inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1) return from_bytes(6, bytes);
  }
  return Problem{fmt::format("\"{}\" is not an IP address; write it like 192.0.2.1 or 2001:db8::1", text)};
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (!is_v4()) return inet_ntop(AF_INET6, bytes_.data(), buffer.data(), buffer.size());
  char* end = buffer.data();
  for (int i = 0; i < 4; i++) {
    if (i) *end++ = '.';
    end = std::to_chars(end, buffer.data() + buffer.size(), bytes_[i]).ptr;
  }
  return {buffer.data(), end};
}

Network::Network(const IpAddress& address, int prefix) : prefix_(prefix) {
  if (prefix < 0 || prefix > width(address)) throw std::invalid_argument("Network: prefix length out of range");
  address_ = masked(address, prefix);
}

Result<Network> Network::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    return Problem{
        fmt::format("\"{}\" is not a network; write it like 192.0.2.0/24 or 2001:db8::/32, or one address", text)};
  }
  if (slash == std::string_view::npos) return Network{*address, width(*address)};
  const auto prefix = read_number(text.substr(slash + 1), width(*address));
  if (!prefix) {
    return Problem{fmt::format("\"{}\" has no prefix length of 0 to {} after the slash; write it like {}", text,
                               width(*address), address->is_v4() ? "192.0.2.0/24" : "2001:db8::/32")};
  }
  const Network network{*address, *prefix};
  if (network.address() != *address) {
    return Problem{
        fmt::format("\"{}\" has bits set after its prefix; write {} for the network or {} for the one address", text,
                    network.text(), address->text())};
  }
  return network;
}

// Whole bytes first; nearly every address differs in the first.
bool Network::contains(const IpAddress& address) const {
  if (address.family() != address_.family()) return false;
  const auto bytes = address.bytes(), ours = address_.bytes();
  const auto whole = static_cast<std::size_t>(prefix_ / 8);
  if (!std::equal(ours.begin(), ours.begin() + static_cast<std::ptrdiff_t>(whole), bytes.begin())) return false;
  const int rest = prefix_ % 8;
  return rest == 0 || ((bytes[whole] ^ ours[whole]) >> (8 - rest)) == 0;
}

std::string Network::text() const { return fmt::format("{}/{}", address_.text(), prefix_); }

Result<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
  const Problem problem{fmt::format(
      "\"{}\" is not an address with a port; write it like 192.0.2.53:53 or [2001:db8::53]:53, the port 0 to 65535",
      text)};
  std::string_view host = text;
  std::optional<std::string_view> port;
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return problem;
    host = text.substr(1, bracket - 1);
    const auto rest = text.substr(bracket + 1);
    if (host.find(':') == std::string_view::npos || (!rest.empty() && rest.front() != ':')) return problem;
    if (!rest.empty()) port = rest.substr(1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  const auto address = IpAddress::parse(host);
  const auto number = port ? read_number(*port, 65535) : std::optional<int>{default_port};
  if (!address || !number) return problem;
  return Endpoint{*address, static_cast<std::uint16_t>(*number)};
}

std::string Endpoint::text() const {
  return fmt::format(fmt::runtime(address.is_v4() ? "{}:{}" : "[{}]:{}"), address.text(), port);
}

}  // namespace sinkfeed

std::size_t std::hash<sinkfeed::IpAddress>::operator()(const sinkfeed::IpAddress& address) const noexcept {
  std::array<std::uint64_t, 2> words{};
  const auto bytes = address.bytes();
  std::memcpy(words.data(), bytes.data(), bytes.size());
  // Multiply and fold twice (the finalizer of MurmurHash3), so that neighbouring addresses spread.
  std::uint64_t mixed = words[0] + 0x9e3779b97f4a7c15U * (words[1] + static_cast<std::uint64_t>(address.family()));
  mixed = (mixed ^ (mixed >> 33)) * 0xff51afd7ed558ccdU;
  mixed = (mixed ^ (mixed >> 33)) * 0xc4ceb9fe1a85ec53U;
  return static_cast<std::size_t>(mixed ^ (mixed >> 33));
}
