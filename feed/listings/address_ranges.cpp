#include "feed/listings/address_ranges.hpp"

#include <fmt/format.h>

#define XXH_STATIC_LINKING_ONLY  // for a state on the stack
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>

namespace sinkfeed {

namespace {

__extension__ using Wide = unsigned __int128;

Wide number_of(const IpAddress& address) {
  Wide number = 0;
  for (const std::uint8_t byte : address.bytes()) number = number << 8 | byte;
  return number;
}

IpAddress address_of(Wide number, int family) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = family == 4 ? 4 : 16; i-- > 0; number >>= 8) bytes.at(i) = static_cast<std::uint8_t>(number);
  return family == 4 ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
}

int width_of(const IpAddress& address) { return address.is_v4() ? 32 : 128; }

// One bits from the end.
Wide ones(int count) { return count == 128 ? ~Wide(0) : (Wide(1) << count) - 1; }

int trailing_zeros(Wide number, int width) {
  const auto low = static_cast<std::uint64_t>(number), high = static_cast<std::uint64_t>(number >> 64);
  return std::min(low ? std::countr_zero(low) : 64 + std::countr_zero(high), width);
}

// The bits of a mask; nothing if it is none.
std::optional<int> prefix_of(const IpAddress& mask) {
  const Wide inverted = ~number_of(mask) & ones(width_of(mask));
  if (inverted & (inverted + 1)) return std::nullopt;
  int bits = width_of(mask);
  for (Wide rest = inverted; rest; rest >>= 1) bits--;
  return bits;
}

bool is_before(const AddressRange& range, const IpAddress& next) {
  return range.last.family() == next.family() && number_of(range.last) + 1 == number_of(next) && number_of(next) != 0;
}

}  // namespace

AddressRange range_of(const Network& network) {
  const int width = width_of(network.address());
  const Wide last = number_of(network.address()) | ones(width - network.prefix());
  return {network.address(), address_of(last, network.address().family())};
}

std::optional<AddressRange> read_range(std::string_view text) {
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    const auto first = IpAddress::parse(text.substr(0, dash)), last = IpAddress::parse(text.substr(dash + 1));
    if (!first || !last || first->family() != last->family() || *last < *first) return std::nullopt;
    return AddressRange{*first, *last};
  }
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return AddressRange{*address, *address};
  const std::string_view behind = text.substr(slash + 1);
  if (const auto mask = IpAddress::parse(behind)) {
    const auto prefix = mask->family() == address->family() ? prefix_of(*mask) : std::nullopt;
    if (!prefix) return std::nullopt;
    return range_of(Network(*address, *prefix));
  }
  int prefix = 0;
  if (behind.empty() || behind.size() > 3) return std::nullopt;
  for (const char c : behind) {
    if (c < '0' || c > '9') return std::nullopt;
    prefix = prefix * 10 + (c - '0');
  }
  if (prefix > width_of(*address)) return std::nullopt;
  return range_of(Network(*address, prefix));
}

std::vector<AddressRange> normalized(std::vector<AddressRange> ranges) {
  std::sort(ranges.begin(), ranges.end());
  std::vector<AddressRange> whole;
  for (const AddressRange& range : ranges) {
    if (!whole.empty() && whole.back().last.family() == range.first.family() &&
        (range.first <= whole.back().last || is_before(whole.back(), range.first)))
      whole.back().last = std::max(whole.back().last, range.last);
    else
      whole.push_back(range);
  }
  return whole;
}

std::vector<AddressRange> without(const std::vector<AddressRange>& all, const std::vector<AddressRange>& taken) {
  std::vector<AddressRange> left;
  auto next = taken.begin();
  for (const AddressRange& range : all) {
    const int family = range.first.family();
    while (next != taken.end() && next->last < range.first) ++next;
    Wide first = number_of(range.first);
    const Wide last = number_of(range.last);
    bool is_left = true;
    for (auto cut = next; is_left && cut != taken.end() && cut->first <= range.last; ++cut) {
      if (number_of(cut->first) > first)
        left.push_back({address_of(first, family), address_of(number_of(cut->first) - 1, family)});
      is_left = number_of(cut->last) < last;
      if (is_left) first = number_of(cut->last) + 1;
    }
    if (is_left) left.push_back({address_of(first, family), range.last});
  }
  return left;
}

std::vector<Network> networks_of(const std::vector<AddressRange>& normalized) {
  std::vector<Network> networks;
  for (const AddressRange& range : normalized) {
    const int width = width_of(range.first), family = range.first.family();
    Wide first = number_of(range.first);
    const Wide last = number_of(range.last);
    for (;;) {
      int bits = first ? trailing_zeros(first, width) : width;
      while (ones(bits) > last - first) bits--;
      networks.emplace_back(address_of(first, family), width - bits);
      if (last - first == ones(bits)) break;
      first += ones(bits) + 1;
    }
  }
  return networks;
}

std::string digest_of(const std::vector<AddressRange>& normalized) {
  XXH3_state_t state;
  XXH3_64bits_reset(&state);
  for (const AddressRange& range : normalized) {
    for (const IpAddress* address : {&range.first, &range.last})
      XXH3_64bits_update(&state, address->bytes().data(), address->bytes().size());
  }
  return fmt::format("{:016x}", XXH3_64bits_digest(&state));
}

}  // namespace sinkfeed
