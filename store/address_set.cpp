#include "store/address_set.hpp"

#include <algorithm>

namespace sinkfeed {

AddressSet::AddressSet(std::span<const IpAddress> ascending) { append(ascending); }

// In chunks of the same size, so that none is left with a few.
void AddressSet::append(std::span<const IpAddress> ascending) {
  const std::size_t count = (ascending.size() + kChunk - 1) / kChunk;
  for (std::size_t i = 0; i < count; i++) {
    const std::size_t from = ascending.size() * i / count, to = ascending.size() * (i + 1) / count;
    chunks_.push_back(std::make_shared<const Chunk>(ascending.begin() + static_cast<std::ptrdiff_t>(from),
                                                    ascending.begin() + static_cast<std::ptrdiff_t>(to)));
  }
  size_ += ascending.size();
}

AddressSet AddressSet::changed(std::span<const IpAddress> added, std::span<const IpAddress> removed) const {
  AddressSet next;
  next.chunks_.reserve(chunks_.size() + 1);
  Chunk merged, kept;
  // What a chunk that was changed has become; with a small neighbour it makes one chunk.
  const auto take = [&](const Chunk& chunk) {
    if (!next.chunks_.empty() && next.chunks_.back()->size() + chunk.size() <= kChunk / 2) {
      Chunk both = *next.chunks_.back();
      next.size_ -= both.size();
      next.chunks_.pop_back();
      both.insert(both.end(), chunk.begin(), chunk.end());
      next.append(both);
    } else {
      next.append(chunk);
    }
  };
  if (chunks_.empty()) {
    std::set_difference(added.begin(), added.end(), removed.begin(), removed.end(), std::back_inserter(kept));
    next.append(kept);
    return next;
  }
  for (std::size_t i = 0; i < chunks_.size(); i++) {
    // Everything below the next chunk's first address belongs here.
    const auto split = [&](std::span<const IpAddress>& from) {
      const auto end =
          i + 1 == chunks_.size() ? from.end() : std::lower_bound(from.begin(), from.end(), chunks_[i + 1]->front());
      const auto here = from.first(static_cast<std::size_t>(end - from.begin()));
      from = from.subspan(here.size());
      return here;
    };
    const auto come = split(added), gone = split(removed);
    if (come.empty() && gone.empty()) {
      next.chunks_.push_back(chunks_[i]);
      next.size_ += chunks_[i]->size();
      continue;
    }
    merged.clear();
    kept.clear();
    std::set_union(chunks_[i]->begin(), chunks_[i]->end(), come.begin(), come.end(), std::back_inserter(merged));
    std::set_difference(merged.begin(), merged.end(), gone.begin(), gone.end(), std::back_inserter(kept));
    if (!kept.empty()) take(kept);
  }
  return next;
}

bool AddressSet::contains(const IpAddress& address) const {
  const const_iterator found = lower_bound(address);
  return found != end() && *found == address;
}

AddressSet::const_iterator AddressSet::lower_bound(const IpAddress& address) const {
  const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                          [&](const auto& candidate) { return candidate->back() < address; });
  const_iterator at(&chunks_, static_cast<std::size_t>(chunk - chunks_.begin()));
  if (chunk != chunks_.end())
    at.place_ =
        static_cast<std::size_t>(std::lower_bound((*chunk)->begin(), (*chunk)->end(), address) - (*chunk)->begin());
  return at;
}

std::size_t AddressSet::shared_chunks(const AddressSet& other) const {
  std::size_t shared = 0;
  for (const auto& chunk : chunks_)
    shared += std::find(other.chunks_.begin(), other.chunks_.end(), chunk) != other.chunks_.end() ? 1 : 0;
  return shared;
}

}  // namespace sinkfeed
