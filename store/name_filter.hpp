// A set of hashes that is told of in fifteen bits each: it never denies one that is in it, and says yes to one in 4,096
// that is not. An xor filter (Graf and Lemire, "Xor Filters: Faster and Smaller Than Bloom and Cuckoo Filters", 2020).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

// `hashes`: each once. As bytes, in no machine's own order: seed(1), then the fingerprints, 12 bits each, the lower
// ones first.
std::string make_name_filter(std::span<const std::uint64_t> hashes);

// A view of one; `bytes` must outlive it.
class NameFilter {
 public:
  // Nothing if it cannot be one.
  static std::optional<NameFilter> read(std::string_view bytes);
  bool may_hold(std::uint64_t hash) const;

 private:
  NameFilter(std::uint64_t seed, std::size_t third, std::string_view fingerprints)
      : seed_(seed), third_(third), fingerprints_(fingerprints) {}
  std::uint64_t seed_;
  std::size_t third_;
  std::string_view fingerprints_;
};

// What is in the filters: a name itself, that there are names below one, and an address that was answered.
std::uint64_t hash_of_name(std::string_view wire);
std::uint64_t hash_of_below(std::string_view wire);
std::uint64_t hash_of_answer(const IpAddress& address);
std::uint64_t hash_of_answer(std::string_view address);  // 4 or 16 bytes
// That there are names below `wire` and below all that it is below itself, but for the root.
template <class Put>
void put_below_hashes(std::string_view wire, const Put& put) {
  for (; wire.size() > 1; wire.remove_prefix(1U + static_cast<unsigned char>(wire[0]))) put(hash_of_below(wire));
}

// Of a name, all that a search could look for it by: itself, and every name that it is below but the root.
template <class Put>
void put_name_hashes(std::string_view wire, const Put& put) {
  put(hash_of_name(wire));
  if (wire.size() > 1) put_below_hashes(wire.substr(1U + static_cast<unsigned char>(wire[0])), put);
}

// Of the addresses among PackedAnswers.
template <class Put>
void put_answer_hashes(std::string_view packed, const Put& put) {
  while (const auto item = PackedAnswers::take(packed)) {
    if (const auto address = item->address()) put(hash_of_answer(*address));
  }
}

}  // namespace sinkfeed
