// One address of one profile as the ledger keeps it in memory: a million of them are to fit into some hundred
// megabytes, so names are numbers (store/evidence_sources.hpp) and times are whole seconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory_resource>
#include <span>
#include <utility>

#include "store/ledger_entry.hpp"

namespace sinkfeed {

// Since 1970, until 2106.
inline std::uint32_t seconds_of(WallTime time) {
  const auto s = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(s, 0, std::numeric_limits<std::uint32_t>::max()));
}
inline WallTime time_of_seconds(std::uint32_t seconds) { return WallTime{std::chrono::seconds{seconds}}; }

struct KeptEvidence {
  std::uint32_t source = 0;
  std::uint32_t count = 0;
  std::uint32_t first_s = 0, last_s = 0;
};

// Its evidence is in a pool: whoever throws the entry away gives it back first, unless the pool goes too.
class KeptEntry {
 public:
  using Pool = std::pmr::memory_resource;

  KeptEntry() = default;
  KeptEntry(KeptEntry&& other) noexcept { *this = std::move(other); }
  KeptEntry& operator=(KeptEntry&& other) noexcept = default;
  KeptEntry(const KeptEntry&) = delete;
  KeptEntry& operator=(const KeptEntry&) = delete;
  ~KeptEntry() = default;

  std::uint32_t first_s = 0, last_s = 0;
  std::uint32_t count = 0;             // stays at its highest value
  std::uint32_t first_generation = 0;  // a generation a second is 136 years
  std::uint32_t reason_hash = 0;       // of the reason that was written last
  std::uint32_t watched_s = 0;         // when it was seen last, on the clock that ages go by (store/ledger_age.hpp)
  std::uint32_t ttl_s = 0;             // of the answer that it was seen in last
  State state = State::held;
  Sharing sharing = Sharing::unknown;

  bool is_held_for_sharing = false;  // and for nothing else

  // What is unwritten of it, and where the current generation has it.
  bool is_news = false;
  bool is_touched = false;
  enum class List : std::uint8_t { none, published, shared };
  List in_generation = List::none;
  // Where the next generation will have it.
  List list() const {
    if (state == State::published) return List::published;
    return is_held_for_sharing ? List::shared : List::none;
  }

  bool is_over_limit = false;  // came with too many others
  bool is_expired = false;     // was not seen for too long

  std::span<KeptEvidence> evidence() { return {evidence_, evidence_size_}; }
  std::span<const KeptEvidence> evidence() const { return {evidence_, evidence_size_}; }
  // Memory for exactly so many, 255 at most: evidence comes rarely.
  void reserve(std::size_t wanted, Pool& pool) {
    if (wanted <= evidence_capacity_) return;
    auto* grown = static_cast<KeptEvidence*>(pool.allocate(wanted * sizeof(KeptEvidence), alignof(KeptEvidence)));
    std::copy_n(evidence_, evidence_size_, grown);
    const std::uint8_t size = evidence_size_;
    release(pool);
    evidence_ = grown;
    evidence_size_ = size;
    evidence_capacity_ = static_cast<std::uint8_t>(wanted);
  }
  void add(const KeptEvidence& evidence, Pool& pool) {
    reserve(evidence_size_ + std::size_t{1}, pool);
    evidence_[evidence_size_++] = evidence;
  }
  void remove(std::size_t at) {
    std::copy(evidence_ + at + 1, evidence_ + evidence_size_, evidence_ + at);
    evidence_size_--;
  }
  // Gives all of it back.
  void release(Pool& pool) {
    if (evidence_) pool.deallocate(evidence_, evidence_capacity_ * sizeof(KeptEvidence), alignof(KeptEvidence));
    evidence_ = nullptr;
    evidence_size_ = evidence_capacity_ = 0;
  }

 private:
  std::uint8_t evidence_size_ = 0, evidence_capacity_ = 0;
  KeptEvidence* evidence_ = nullptr;
};

}  // namespace sinkfeed
