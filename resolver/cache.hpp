// The cache of ready-made answers and verdicts, shared by all workers. Hot path; guarded by the cache look-up
// benchmark.
//
// Reading takes no lock and writes no shared line: a look-up walks a hash chain of immutable entries, and sets an
// entry's `visited` bit only if it is not set already. Writers lock one shard. An entry that was taken out is freed
// only when every reader has left the section in which it could have seen it (quiescent-state reclamation: McKenney,
// Slingwine 1998). Each shard evicts by SIEVE (Zhang et al., NSDI 2024), bounded in bytes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "store/counters.hpp"
#include "store/verdict.hpp"

namespace sinkfeed {

// What an answer is kept under. DO and CD are part of it, because the answer differs (RFC 4035 3.2).
struct CacheKey {
  std::string_view name;  // wire format, lower case
  std::uint16_t type = 0;
  std::uint16_t klass = 0;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  bool any_type = false;  // "this name does not exist", whatever the type; type is then 0
};

// What goes in: everything that a hit needs, made once.
struct PreparedAnswer {
  Verdict verdict = Verdict::pass;
  std::uint8_t rcode = 0;
  std::uint16_t ede = 0;  // meaningful if has_ede
  bool has_ede = false;
  std::uint32_t lifetime_s = 0;                  // how long it may be served; 0: not at all from the cache
  std::uint32_t stale_s = 0;                     // how long after that find() still gives it (RFC 8767)
  std::string_view message{};                    // without OPT, ID 0, the key's question, in lower case
  std::span<const std::uint16_t> ttl_offsets{};  // where in the message TTLs stand that count down
  std::string_view rule{};                       // for the history and the EDE's text; empty for pass
  std::uint32_t plan = 0;                        // by whose policy it was judged (resolver/plan.hpp)
};

// An entry: a header and, behind it in the same allocation, TTL offsets, message and rule. Its name is the message's
// question.
class CachedAnswer {
 public:
  Verdict verdict() const { return verdict_; }
  std::uint8_t rcode() const { return rcode_; }
  bool has_ede() const { return bits_ & kHasEde; }
  std::uint16_t ede() const { return ede_; }
  std::uint32_t lifetime_s() const { return lifetime_s_; }
  bool is_fresh(std::uint32_t now_s) const { return age_s(now_s) < lifetime_s_; }
  // How long it may still be served stale at `now_s`.
  std::uint32_t stale_left_s(std::uint32_t now_s) const { return lifetime_s_ + stale_s_ - age_s(now_s); }
  // Once, to one asker only: a popular answer is in the last tenth of its life and wants to be asked for again.
  bool take_refresh(std::uint32_t now_s) const {
    constexpr std::uint32_t kShortestRefreshed = 10;
    if (verdict_ != Verdict::pass || (rcode_ != 0 && rcode_ != 3)) return false;
    if (std::uint64_t{age_s(now_s)} * 10 < std::uint64_t{lifetime_s_} * 9 || lifetime_s_ < kShortestRefreshed)
      return false;
    return !refreshing_.load(std::memory_order_relaxed) && !refreshing_.exchange(true, std::memory_order_relaxed);
  }
  // By which plan it was judged last. Any reader may judge it again.
  std::uint32_t plan() const { return plan_.load(std::memory_order_relaxed); }
  void judged_by(std::uint32_t plan) const { plan_.store(plan, std::memory_order_relaxed); }
  // Seconds in the cache at `now_s`; 0 if another worker stored it in a second that has not begun here.
  std::uint32_t age_s(std::uint32_t now_s) const {
    const auto age = static_cast<std::int32_t>(now_s - stored_s_);
    return age < 0 ? 0 : static_cast<std::uint32_t>(age);
  }
  std::span<const std::uint16_t> ttl_offsets() const {
    return {reinterpret_cast<const std::uint16_t*>(this + 1), ttl_count_};
  }
  std::string_view name() const { return {payload() + kNameAt, name_size_}; }
  std::string_view message() const { return {payload(), message_size_}; }
  std::string_view rule() const { return {payload() + message_size_, rule_size_}; }

 private:
  friend class Cache;
  static constexpr std::size_t kNameAt = 12;  // behind the message's header
  static constexpr std::uint8_t kHasEde = 8;  // the lower bits are the key's
  const char* payload() const { return reinterpret_cast<const char*>(this + 1) + ttl_count_ * sizeof(std::uint16_t); }
  void copy_header(const CachedAnswer& from) {
    hash_ = from.hash_;
    stored_s_ = from.stored_s_, lifetime_s_ = from.lifetime_s_, stale_s_ = from.stale_s_;
    message_size_ = from.message_size_, ttl_count_ = from.ttl_count_;
    type_ = from.type_, klass_ = from.klass_, ede_ = from.ede_;
    name_size_ = from.name_size_, rule_size_ = from.rule_size_, rcode_ = from.rcode_, bits_ = from.bits_;
    verdict_ = from.verdict_;
    visited_.store(from.visited_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    judged_by(from.plan());
  }
  std::size_t bytes() const { return sizeof *this + ttl_count_ * sizeof(std::uint16_t) + message_size_ + rule_size_; }

  std::atomic<CachedAnswer*> next_{nullptr};  // in the hash chain
  CachedAnswer* newer_ = nullptr;             // SIEVE's queue; guarded by the shard's lock
  CachedAnswer* older_ = nullptr;
  std::uint32_t hash_ = 0;  // the hash's lower half: shard and bucket are found again by it
  std::uint32_t stored_s_ = 0, lifetime_s_ = 0, stale_s_ = 0;
  std::uint16_t message_size_ = 0, ttl_count_ = 0;
  std::uint16_t type_ = 0, klass_ = 0, ede_ = 0;
  std::uint8_t name_size_ = 0, rule_size_ = 0, rcode_ = 0, bits_ = 0;
  Verdict verdict_ = Verdict::pass;
  mutable std::atomic<std::uint8_t> visited_{0};
  mutable std::atomic<bool> refreshing_{false};
  mutable std::atomic<std::uint32_t> plan_{0};
};

class Cache {
 public:
  // `limit` in bytes, entries and their index together.
  explicit Cache(std::uint64_t limit);
  // One of another size with the answers of `from`, as many as fit: those asked for last stay. `from` may be in use.
  Cache(std::uint64_t limit, const Cache& from);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // A worker's presence: entries found while a Section stands stay valid until it ends. Slots 0..kMaxWorkers-1, each
  // for one thread only; sections of a slot do not nest.
  class Section {
   public:
    Section(Cache& cache, int slot) : cache_(cache), slot_(slot) { cache_.enter(slot_); }
    ~Section() { cache_.leave(slot_); }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    Cache& cache_;
    int slot_;
  };

  // A key's hash, as the calls below take it: computed once, and for many keys before the first is looked up.
  std::uint32_t hash(const CacheKey& key) const;
  // Memory is far away: with many keys to look up, first call the one for all, then the other for all, then find.
  void prefetch_bucket(std::uint32_t hash) const { __builtin_prefetch(&bucket_of(shard_of(hash), hash)); }
  void prefetch_entry(std::uint32_t hash) const;
  // Null if it is not there or both its lifetime and its stale time are over at `now_s` (steady seconds since any fixed
  // moment). Whoever serves it asks is_fresh().
  const CachedAnswer* find(const CacheKey& key, std::uint32_t hash, std::uint32_t now_s) const;
  const CachedAnswer* find(const CacheKey& key, std::uint32_t now_s) const { return find(key, hash(key), now_s); }
  // Replaces what is there under the key. Answers that are larger than a shard are not kept.
  void insert(const CacheKey& key, const PreparedAnswer& answer, std::uint32_t now_s);

  std::uint64_t bytes() const;
  std::uint64_t entries() const;

 private:
  struct Retired {
    CachedAnswer* entry;
    std::uint64_t epoch;
  };
  struct alignas(64) Shard {
    std::mutex mutex;
    std::unique_ptr<std::atomic<CachedAnswer*>[]> buckets;
    CachedAnswer* newest = nullptr;
    CachedAnswer* oldest = nullptr;
    CachedAnswer* hand = nullptr;  // SIEVE's: where the next search for a victim starts
    std::uint64_t bytes = 0;       // of entries that can be found
    std::uint64_t retired_bytes = 0;
    std::uint64_t entries = 0;
    std::vector<Retired> retired;  // in order of epoch
  };
  struct alignas(64) Presence {
    std::atomic<std::uint64_t> epoch{0};  // 0: not in a section
  };

  void enter(int slot);
  void leave(int slot);
  Shard& shard_of(std::uint32_t hash) const { return shards_[hash >> 26]; }
  std::atomic<CachedAnswer*>& bucket_of(Shard& shard, std::uint32_t hash) const {
    return shard.buckets[hash & bucket_mask_];
  }
  void link(CachedAnswer* entry);
  void remove(Shard& shard, CachedAnswer* entry);
  void evict_one(Shard& shard);
  void reclaim(Shard& shard);

  static constexpr int kShards = 64;
  std::uint64_t seed_;
  std::uint64_t shard_limit_;
  std::uint64_t bucket_mask_;
  std::atomic<std::uint64_t> epoch_{1};
  mutable std::array<Shard, kShards> shards_;
  std::array<Presence, kMaxWorkers> present_;
};

}  // namespace sinkfeed
