#include "config/machine_addresses.hpp"

#include <ifaddrs.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

namespace sinkfeed {

bool is_unspecified(const IpAddress& address) {
  const auto bytes = address.bytes();
  return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

std::vector<IpAddress> machine_addresses() {
  std::vector<IpAddress> found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return found;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* entry = list; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family == AF_INET || family == AF_INET6) found.push_back(IpAddress::from(*entry->ifa_addr));
  }
  return found;
}

}  // namespace sinkfeed
