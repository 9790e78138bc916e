// One address of one profile as the ledger keeps it in memory: a million of them are to fit into some hundred
// megabytes, so names are numbers (store/evidence_sources.hpp) and evidence has whole seconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>

#include "store/ledger_entry.hpp"

namespace sinkfeed {

struct KeptEvidence {
  std::uint32_t source = 0;
  std::uint32_t count = 0;
  std::uint32_t first_s = 0, last_s = 0;  // since 1970, until 2106
};

class KeptEntry {
 public:
  WallTime first_seen, last_seen;
  std::uint32_t count = 0;             // stays at its highest value
  std::uint32_t first_generation = 0;  // a generation a second is 136 years
  std::uint32_t reason_hash = 0;       // of the reason that was written last
  std::uint32_t watched_s = 0;         // when it was seen last, on the clock that ages go by (store/ledger_age.hpp)
  std::uint32_t ttl_s = 0;             // of the answer that it was seen in last
  State state = State::held;
  Sharing sharing = Sharing::unknown;

  // What is unwritten of it, and whether the current generation has it.
  bool is_news = false;
  bool is_touched = false;
  bool is_in_generation = false;

  bool is_over_limit = false;  // came with too many others
  bool is_expired = false;     // was not seen for too long

  std::span<KeptEvidence> evidence() { return {evidence_.get(), evidence_size_}; }
  std::span<const KeptEvidence> evidence() const { return {evidence_.get(), evidence_size_}; }
  // Memory for exactly so many: evidence comes rarely.
  void reserve(std::size_t wanted) {
    if (wanted <= evidence_capacity_) return;
    auto grown = std::make_unique_for_overwrite<KeptEvidence[]>(wanted);
    std::copy_n(evidence_.get(), evidence_size_, grown.get());
    evidence_ = std::move(grown);
    evidence_capacity_ = static_cast<std::uint8_t>(wanted);
  }
  void add(const KeptEvidence& evidence) {
    reserve(evidence_size_ + std::size_t{1});
    evidence_[evidence_size_++] = evidence;
  }
  void remove(std::size_t at) {
    std::copy(evidence_.get() + at + 1, evidence_.get() + evidence_size_, evidence_.get() + at);
    evidence_size_--;
  }

 private:
  std::uint8_t evidence_size_ = 0, evidence_capacity_ = 0;
  std::unique_ptr<KeptEvidence[]> evidence_;
};

}  // namespace sinkfeed
