// Checks names that come from a file before they become a DnsName, which trusts its wire format.
#pragma once

#include <string_view>

namespace sinkfeed {

// Uncompressed wire format: labels of 1..63 bytes, at most 255 bytes in all, the root label last (RFC 1035 3.1).
inline bool is_wire_name(std::string_view wire) {
  if (wire.empty() || wire.size() > 255) return false;
  std::size_t at = 0;
  while (at < wire.size() && wire[at] != '\0') {
    const auto length = static_cast<unsigned char>(wire[at]);
    if (length > 63) return false;
    at += 1U + length;
  }
  return at + 1 == wire.size();
}

}  // namespace sinkfeed
