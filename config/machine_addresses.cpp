#include "config/machine_addresses.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>

namespace sinkfeed {

namespace {

constexpr int kShortestPrefix = 8;

void each_interface(const std::function<void(const ifaddrs&)>& visit) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* entry = list; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6) visit(*entry);
  }
}

// Hexadecimal digits, two a byte, into bytes; false if there are not exactly so many.
bool read_hex(std::string_view text, std::span<std::uint8_t> bytes) {
  if (text.size() != 2 * bytes.size()) return false;
  for (std::size_t i = 0; i < bytes.size(); i++) {
    const char* digits = text.data() + 2 * i;
    if (const auto [end, error] = std::from_chars(digits, digits + 2, bytes[i], 16);
        error != std::errc() || end != digits + 2)
      return false;
  }
  return true;
}

bool is_zero(std::string_view digits) { return digits.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

bool is_unspecified(const IpAddress& address) {
  const auto bytes = address.bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::vector<IpAddress> machine_addresses() {
  std::vector<IpAddress> found;
  each_interface([&](const ifaddrs& entry) { found.push_back(IpAddress::from(*entry.ifa_addr)); });
  return found;
}

std::vector<Network> machine_networks() {
  std::vector<Network> found;
  each_interface([&](const ifaddrs& entry) {
    if (!entry.ifa_netmask) return;
    // The mask's family is sometimes left out by the system.
    sockaddr_storage mask{};
    const bool is_v4 = entry.ifa_addr->sa_family == AF_INET;
    std::copy_n(reinterpret_cast<const char*>(entry.ifa_netmask), is_v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6),
                reinterpret_cast<char*>(&mask));
    mask.ss_family = entry.ifa_addr->sa_family;
    int prefix = 0;
    const IpAddress bits = IpAddress::from(reinterpret_cast<const sockaddr&>(mask));
    for (const std::uint8_t byte : bits.bytes()) prefix += std::popcount(byte);
    if (prefix >= kShortestPrefix) found.emplace_back(IpAddress::from(*entry.ifa_addr), prefix);
  });
  return found;
}

// "Iface Destination Gateway Flags RefCnt Use Metric Mask …", addresses as hexadecimal in this machine's byte order.
std::vector<IpAddress> read_gateways_v4(std::istream& table) {
  std::vector<IpAddress> found;
  std::string line;
  std::getline(table, line);  // the heading
  while (std::getline(table, line)) {
    std::istringstream fields(line);
    std::string interface, destination, gateway, flags, references, use, metric, mask;
    fields >> interface >> destination >> gateway >> flags >> references >> use >> metric >> mask;
    std::array<std::uint8_t, 4> bytes{};
    if (!fields || !is_zero(destination) || !is_zero(mask) || is_zero(gateway) || !read_hex(gateway, bytes)) continue;
    if constexpr (std::endian::native == std::endian::little) std::reverse(bytes.begin(), bytes.end());
    found.push_back(IpAddress::v4(bytes));
  }
  return found;
}

// "destination length source length gateway metric …", addresses as hexadecimal in network order.
std::vector<IpAddress> read_gateways_v6(std::istream& table) {
  std::vector<IpAddress> found;
  for (std::string line; std::getline(table, line);) {
    std::istringstream fields(line);
    std::string destination, length, source, source_length, gateway;
    fields >> destination >> length >> source >> source_length >> gateway;
    std::array<std::uint8_t, 16> bytes{};
    if (!fields || !is_zero(destination) || !is_zero(length) || is_zero(gateway) || !read_hex(gateway, bytes)) continue;
    found.push_back(IpAddress::v6(bytes));
  }
  return found;
}

std::vector<IpAddress> default_gateways() {
  std::ifstream v4("/proc/net/route"), v6("/proc/net/ipv6_route");
  std::vector<IpAddress> found = read_gateways_v4(v4);
  for (const IpAddress& gateway : read_gateways_v6(v6)) found.push_back(gateway);
  return found;
}

}  // namespace sinkfeed
