#include "feed/feed_content.hpp"

#include <algorithm>
#include <array>

#include "store/large_pages.hpp"

namespace sinkfeed {

void append_address(std::string& to, const IpAddress& address) {
  if (address.is_v6()) {
    to += address.text();
    return;
  }
  std::array<char, 15> text;
  char* end = text.data();
  for (const std::uint8_t byte : address.bytes()) {
    if (end != text.data()) *end++ = '.';
    if (byte >= 100) *end++ = static_cast<char>('0' + byte / 100);
    if (byte >= 10) *end++ = static_cast<char>('0' + byte / 10 % 10);
    *end++ = static_cast<char>('0' + byte % 10);
  }
  to.append(text.data(), end);
}

bool is_host(const Network& network) { return network.prefix() == (network.address().is_v4() ? 32 : 128); }

void append_network(std::string& to, const Network& network, HostPrefix host) {
  append_address(to, network.address());
  if (host == HostPrefix::written || !is_host(network)) to += "/" + std::to_string(network.prefix());
}

IpAddress last_of(const Network& network) {
  const auto first = network.address().bytes();
  std::array<std::uint8_t, 16> bytes{};
  std::copy(first.begin(), first.end(), bytes.begin());
  for (std::size_t bit = static_cast<std::size_t>(network.prefix()); bit < first.size() * 8; bit++)
    bytes[bit / 8] |= static_cast<std::uint8_t>(0x80 >> bit % 8);
  return network.address().is_v4() ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
}

bool follows(const IpAddress& address, const IpAddress& before) {
  if (address.family() != before.family()) return false;
  const auto bytes = address.bytes(), previous = before.bytes();
  for (std::size_t i = bytes.size(); i-- > 0;) {
    if (previous[i] != 0xff) {
      return bytes[i] == previous[i] + 1 &&
             std::equal(bytes.begin(), bytes.begin() + static_cast<int>(i), previous.begin());
    }
    if (bytes[i] != 0) return false;
  }
  return false;
}

void append_lines(std::string& to, const FeedContent& content, std::string_view before, std::string_view after,
                  HostPrefix host) {
  reserve_large(to, to.size() + content.networks.size() * (16 + before.size() + after.size()));
  for (std::size_t i = 0; i < content.networks.size();) {
    to += before;
    std::size_t end = i + 1;
    IpAddress last;
    if (content.as_ranges) {
      last = last_of(content.networks[i]);
      while (end < content.networks.size() && follows(content.networks[end].address(), last))
        last = last_of(content.networks[end++]);
    }
    if (end == i + 1) {
      append_network(to, content.networks[i], host);
    } else {
      append_address(to, content.networks[i].address());
      to += '-';
      append_address(to, last);
    }
    to += after;
    i = end;
  }
}

std::string ports_text(std::span<const std::uint16_t> ports, std::string_view between) {
  std::string text;
  for (const std::uint16_t port : ports) {
    if (!text.empty()) text += between;
    text += std::to_string(port);
  }
  return text;
}

EvidenceReader::EvidenceReader(const FeedContent& content) : entries_(content.entries) {
  for (const std::string& profile : content.profiles) shelves_.push_back({&profile, {}});
}

std::vector<const LedgerEntry*> EvidenceReader::find(const IpAddress& address) {
  constexpr std::size_t kAtOnce = 1000;
  std::vector<const LedgerEntry*> found;
  for (Shelf& shelf : shelves_) {
    while (shelf.next < shelf.known.size() && shelf.known[shelf.next].address < address) shelf.next++;
    if (shelf.next == shelf.known.size()) shelf.known = entries_(*shelf.profile, address, kAtOnce), shelf.next = 0;
    if (shelf.next < shelf.known.size() && shelf.known[shelf.next].address == address)
      found.push_back(&shelf.known[shelf.next]);
  }
  return found;
}

}  // namespace sinkfeed
