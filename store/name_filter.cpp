#include "store/name_filter.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <stdexcept>

namespace sinkfeed {

namespace {

constexpr std::size_t kSeed = 8;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t seed) {
  // The finalizer of MurmurHash3.
  hash += seed;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdU;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53U;
  return hash ^ (hash >> 33);
}

std::uint8_t fingerprint(std::uint64_t mix) { return static_cast<std::uint8_t>(mix ^ (mix >> 32)); }

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

std::string make_name_filter(const std::vector<std::uint64_t>& hashes) {
  const std::size_t third = (hashes.size() * 123 / 100 + 32) / 3;
  std::vector<std::uint64_t> mixes(hashes.size());
  std::vector<Single> order;
  // Nearly always the first; a hundred failures are for keys that are there twice alone.
  for (std::uint64_t seed = 1; seed < 100; seed++) {
    for (std::size_t i = 0; i < hashes.size(); i++) mixes[i] = mixed(hashes[i], seed);
    if (!order_of(mixes, third, order)) continue;
    std::string bytes(kSeed + 3 * third, '\0');
    for (std::size_t i = 0; i < kSeed; i++) bytes[i] = static_cast<char>(seed >> (8 * i));
    char* const table = bytes.data() + kSeed;
    while (!order.empty()) {
      const auto [mix, at] = order.back();
      order.pop_back();
      std::uint8_t rest = fingerprint(mix);
      for (const std::size_t place : places(mix, third)) {
        if (place != at) rest ^= static_cast<std::uint8_t>(table[place]);
      }
      table[at] = static_cast<char>(rest);
    }
    return bytes;
  }
  throw std::logic_error("make_name_filter: a hash is there twice");
}

std::optional<NameFilter> NameFilter::read(std::string_view bytes) {
  if (bytes.size() < kSeed + 3 || (bytes.size() - kSeed) % 3) return std::nullopt;
  std::uint64_t seed = 0;
  for (std::size_t i = kSeed; i-- > 0;) seed = seed << 8 | static_cast<unsigned char>(bytes[i]);
  return NameFilter(seed, bytes.substr(kSeed));
}

bool NameFilter::may_hold(std::uint64_t hash) const {
  const std::uint64_t mix = mixed(hash, seed_);
  std::uint8_t rest = fingerprint(mix);
  for (const std::size_t place : places(mix, fingerprints_.size() / 3))
    rest ^= static_cast<std::uint8_t>(fingerprints_[place]);
  return rest == 0;
}

std::uint64_t hash_of_name(std::string_view wire) { return XXH3_64bits(wire.data(), wire.size()); }
std::uint64_t hash_of_below(std::string_view wire) { return XXH3_64bits_withSeed(wire.data(), wire.size(), 1); }
std::uint64_t hash_of_answer(const IpAddress& address) {
  return XXH3_64bits_withSeed(address.bytes().data(), address.bytes().size(), 2);
}

}  // namespace sinkfeed
