#include "store/name_filter.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <stdexcept>

namespace sinkfeed {

namespace {

constexpr std::size_t kSeed = 1;
constexpr unsigned kBits = 12;

// Of three thirds.
std::size_t bytes_of(std::size_t third) { return (3 * third * kBits + 7) / 8; }

std::uint16_t read_at(std::string_view table, std::size_t place) {
  const std::size_t at = place * kBits / 8;
  const unsigned two = static_cast<unsigned char>(table[at]) | static_cast<unsigned char>(table[at + 1]) << 8U;
  return static_cast<std::uint16_t>(place % 2 ? two >> 4U : two & 0xfffU);
}

std::uint64_t mixed(std::uint64_t hash, std::uint64_t seed) {
  // The finalizer of MurmurHash3.
  hash += seed;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53U;
  return hash ^ (hash >> 33);
}

std::uint16_t fingerprint(std::uint64_t mix) { return (mix ^ (mix >> 32)) & 0xfffU; }

// One place in each third of the table.
std::array<std::size_t, 3> places(std::uint64_t mix, std::size_t third) {
  const auto reduce = [&](std::uint64_t bits) {
    return static_cast<std::size_t>((std::uint64_t{static_cast<std::uint32_t>(bits)} * third) >> 32);
  };
  const auto turned = [&](unsigned by) { return mix << by | mix >> (64 - by); };
  return {reduce(mix), third + reduce(turned(21)), 2 * third + reduce(turned(42))};
}

struct Slot {
  std::uint64_t all = 0;  // of the keys that have a place here, by XOR
  std::uint32_t count = 0;
};

struct Single {
  std::uint64_t mix = 0;
  std::size_t place = 0;  // which it has for itself
};

// Keys in an order in which each, when its turn comes, is alone in one of its places; false if there is none.
bool order_of(const std::vector<std::uint64_t>& mixes, std::size_t third, std::vector<Single>& order) {
  std::vector<Slot> slots(3 * third);
  for (const std::uint64_t mix : mixes) {
    for (const std::size_t place : places(mix, third)) slots[place].all ^= mix, slots[place].count++;
  }
  order.clear();
  std::vector<std::size_t> alone;
  for (std::size_t place = 0; place < slots.size(); place++) {
    if (slots[place].count == 1) alone.push_back(place);
  }
  while (!alone.empty()) {
    const std::size_t at = alone.back();
    alone.pop_back();
    if (slots[at].count != 1) continue;
    const std::uint64_t mix = slots[at].all;
    order.push_back({mix, at});
    for (const std::size_t place : places(mix, third)) {
      slots[place].all ^= mix;
      if (--slots[place].count == 1) alone.push_back(place);
    }
  }
  return order.size() == mixes.size();
}

}  // namespace

std::string make_name_filter(std::span<const std::uint64_t> hashes) {
  const std::size_t third = (hashes.size() * 123 / 100 + 32) / 3;
  std::vector<std::uint64_t> mixes(hashes.size());
  std::vector<Single> order;
  // Nearly always the first; a hundred failures are for keys that are there twice alone.
  for (unsigned seed = 1; seed < 100; seed++) {
    for (std::size_t i = 0; i < hashes.size(); i++) mixes[i] = mixed(hashes[i], seed);
    if (!order_of(mixes, third, order)) continue;
    std::vector<std::uint16_t> table(3 * third);
    while (!order.empty()) {
      const auto [mix, at] = order.back();
      order.pop_back();
      std::uint16_t rest = fingerprint(mix);
      for (const std::size_t place : places(mix, third)) {
        if (place != at) rest ^= table[place];
      }
      table[at] = rest;
    }
    std::string bytes(kSeed + bytes_of(third), '\0');
    bytes[0] = static_cast<char>(seed);
    for (std::size_t place = 0; place < table.size(); place++) {
      char* const to = bytes.data() + kSeed + place * kBits / 8;
      const unsigned bits = place % 2 ? table[place] << 4U : table[place];
      to[0] = static_cast<char>(to[0] | static_cast<char>(bits));
      to[1] = static_cast<char>(to[1] | static_cast<char>(bits >> 8U));
    }
    return bytes;
  }
  throw std::logic_error("make_name_filter: a hash is there twice");
}

std::optional<NameFilter> NameFilter::read(std::string_view bytes) {
  if (bytes.size() < kSeed) return std::nullopt;
  const std::size_t third = (bytes.size() - kSeed) * 8 / (3 * kBits);
  if (!third || bytes_of(third) != bytes.size() - kSeed) return std::nullopt;
  return NameFilter(static_cast<unsigned char>(bytes[0]), third, bytes.substr(kSeed));
}

bool NameFilter::may_hold(std::uint64_t hash) const {
  const std::uint64_t mix = mixed(hash, seed_);
  std::uint16_t rest = fingerprint(mix);
  for (const std::size_t place : places(mix, third_)) rest ^= read_at(fingerprints_, place);
  return rest == 0;
}

std::uint64_t hash_of_name(std::string_view wire) { return XXH3_64bits(wire.data(), wire.size()); }
std::uint64_t hash_of_below(std::string_view wire) { return XXH3_64bits_withSeed(wire.data(), wire.size(), 1); }
std::uint64_t hash_of_answer(std::string_view address) {
  return XXH3_64bits_withSeed(address.data(), address.size(), 2);
}
std::uint64_t hash_of_answer(const IpAddress& address) {
  return hash_of_answer({reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()});
}

}  // namespace sinkfeed
