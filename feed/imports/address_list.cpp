#include "feed/imports/address_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace sinkfeed {

namespace {

IpAddress next(const IpAddress& address) {
  std::array<std::uint8_t, 16> bytes{};
  const auto from = address.bytes();
  std::copy(from.begin(), from.end(), bytes.begin());
  for (std::size_t i = from.size(); i > 0 && ++bytes[i - 1] == 0; i--) continue;
  return address.is_v4() ? IpAddress::v4(std::span<const std::uint8_t, 4>(bytes.data(), 4)) : IpAddress::v6(bytes);
}

// How many addresses the network holds, at most `most` + 1.
std::size_t size_of(const Network& network, std::size_t most) {
  const int host_bits = (network.address().is_v4() ? 32 : 128) - network.prefix();
  std::size_t size = 1;
  for (int i = 0; i < host_bits && size <= most; i++) size *= 2;
  return std::min(size, most + 1);
}

// The problem quotes the item, whatever is in it: only what is nearly right is worth that.
std::string why_not(std::string_view item, const Problem& problem) {
  const bool is_nearly =
      item.size() <= 64 && item.find_first_not_of("0123456789abcdefABCDEF.:/") == std::string_view::npos;
  return is_nearly ? "is left out: " + problem.what : "is no address and no network";
}

}  // namespace

Result<AddressList> read_addresses(std::string_view text, std::size_t most) {
  AddressList list;
  std::set<IpAddress> seen;
  for (const Line& line : lines_of(text)) {
    const std::string_view item = trimmed(line.text.substr(0, line.text.find('#')));
    if (item.empty()) continue;
    const auto network = Network::parse(item);
    if (!network) {
      list.complaints.add(line, why_not(item, network.error()));
      continue;
    }
    const std::size_t size = size_of(*network, most);
    IpAddress address = network->address();
    for (std::size_t i = 0; i < size; i++, address = next(address)) {
      if (!seen.insert(address).second) continue;
      if (list.addresses.size() == most)
        return Problem{fmt::format(
            "line {}: with {} there are more than {} addresses; feeds name single addresses, so give the ones that are "
            "meant, or block the network in the firewall itself",
            line.number, item, most)};
      list.addresses.push_back(address);
    }
  }
  if (list.addresses.empty())
    return Problem{
        "no address in it that can be understood: it takes one a line, like 192.0.2.1, 2001:db8::1 or "
        "192.0.2.0/28; # begins a comment"};
  return list;
}

}  // namespace sinkfeed
