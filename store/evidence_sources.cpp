#include "store/evidence_sources.hpp"

#include <xxhash.h>

namespace sinkfeed {

std::size_t EvidenceSources::Hash::operator()(const EvidenceSource& source) const {
  const auto add = [](std::string_view text, std::uint64_t seed) {
    return XXH3_64bits_withSeed(text.data(), text.size(), seed);
  };
  return add(source.vantage.detail,
             add(source.target.wire(), add(source.name.wire(), static_cast<std::uint64_t>(source.vantage.kind))));
}

std::uint32_t EvidenceSources::find(const EvidenceSource& source) const {
  const auto found = numbers_.find(source);
  return found == numbers_.end() ? kNone : *found;
}

std::uint32_t EvidenceSources::take(const EvidenceSource& source) {
  if (const std::uint32_t known = find(source); known != kNone) {
    slots_[known].references++;
    return known;
  }
  std::uint32_t number = static_cast<std::uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.push_back({source, 1});
  } else {
    number = free_.back();
    free_.pop_back();
    slots_[number] = {source, 1};
  }
  numbers_.insert(number);
  return number;
}

void EvidenceSources::release(std::uint32_t number) {
  if (--slots_[number].references) return;
  numbers_.erase(number);
  slots_[number].source = {};
  free_.push_back(number);
}

}  // namespace sinkfeed
