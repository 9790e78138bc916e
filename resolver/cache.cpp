#include "resolver/cache.hpp"

#include <sys/random.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace sinkfeed {

namespace {

constexpr std::uint8_t kKeyBits = 7;

std::uint8_t key_bits(const CacheKey& key) {
  return static_cast<std::uint8_t>((key.dnssec_ok ? 1 : 0) | (key.checking_disabled ? 2 : 0) | (key.any_type ? 4 : 0));
}

// Names are chosen by whoever asks: a secret seed keeps them from aiming at one chain.
std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  while (getrandom(&seed, sizeof seed, 0) != sizeof seed) {
  }
  return seed;
}

// What an entry is expected to take on average, for sizing the index.
constexpr std::uint64_t kTypicalEntry = 256;

}  // namespace

Cache::Cache(std::uint64_t limit) : seed_(random_seed()) {
  const std::uint64_t buckets = std::bit_ceil(std::max<std::uint64_t>(limit / kTypicalEntry / kShards, 16));
  bucket_mask_ = buckets - 1;
  const std::uint64_t index = buckets * sizeof(std::atomic<CachedAnswer*>);
  shard_limit_ = std::max<std::uint64_t>(limit / kShards, index + 4096) - index;
  for (Shard& shard : shards_) shard.buckets = std::make_unique<std::atomic<CachedAnswer*>[]>(buckets);
}

Cache::Cache(std::uint64_t limit, const Cache& from) : Cache(limit) {
  seed_ = from.seed_;  // entries keep their hash
  for (Shard& shard : from.shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const CachedAnswer* entry = shard.oldest; entry; entry = entry->newer_) {
      if (entry->bytes() > shard_limit_) continue;
      auto* copy = new (::operator new(entry->bytes())) CachedAnswer;
      copy->copy_header(*entry);
      std::memcpy(reinterpret_cast<char*>(copy + 1), reinterpret_cast<const char*>(entry + 1),
                  entry->bytes() - sizeof *entry);
      link(copy);
    }
  }
}

Cache::~Cache() {
  for (Shard& shard : shards_) {
    for (const Retired& retired : shard.retired) ::operator delete(retired.entry);
    for (CachedAnswer* entry = shard.newest; entry;) {
      CachedAnswer* older = entry->older_;
      ::operator delete(entry);
      entry = older;
    }
  }
}

void Cache::enter(int slot) {
  // The fence orders this store before the section's loads: a writer that does not see it has unlinked before we read.
  present_[slot].epoch.store(epoch_.load(std::memory_order_acquire), std::memory_order_seq_cst);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

void Cache::leave(int slot) { present_[slot].epoch.store(0, std::memory_order_release); }

std::uint32_t Cache::hash(const CacheKey& key) const {
  const std::uint64_t rest = std::uint64_t{key.type} << 24 | std::uint64_t{key.klass} << 8 | key_bits(key);
  const std::uint64_t wide = XXH3_64bits_withSeed(key.name.data(), key.name.size(), seed_ ^ rest * 0x9e3779b97f4a7c15u);
  return static_cast<std::uint32_t>(wide ^ wide >> 32);
}

void Cache::prefetch_entry(std::uint32_t hash) const {
  const auto* entry = reinterpret_cast<const char*>(bucket_of(shard_of(hash), hash).load(std::memory_order_relaxed));
  // Header and the first 130 bytes or so of a message.
  for (int line = 0; line < 3; line++) __builtin_prefetch(entry + 64 * line);
}

const CachedAnswer* Cache::find(const CacheKey& key, std::uint32_t wanted, std::uint32_t now_s) const {
  Shard& shard = shard_of(wanted);
  for (const CachedAnswer* entry = bucket_of(shard, wanted).load(std::memory_order_acquire); entry;
       entry = entry->next_.load(std::memory_order_acquire)) {
    if (entry->hash_ != wanted || entry->type_ != key.type || entry->klass_ != key.klass ||
        (entry->bits_ & kKeyBits) != key_bits(key) || entry->name() != key.name)
      continue;
    if (entry->age_s(now_s) >= std::uint64_t{entry->lifetime_s_} + entry->stale_s_) return nullptr;
    if (!entry->visited_.load(std::memory_order_relaxed)) entry->visited_.store(1, std::memory_order_relaxed);
    return entry;
  }
  return nullptr;
}

void Cache::insert(const CacheKey& key, const PreparedAnswer& answer, std::uint32_t now_s) {
  const std::string_view rule = answer.rule.substr(0, 255);
  const std::size_t offsets = answer.ttl_offsets.size() * sizeof(std::uint16_t);
  const std::size_t size = sizeof(CachedAnswer) + offsets + answer.message.size() + rule.size();
  if (!answer.lifetime_s || size > shard_limit_ || answer.message.size() > 0xffff ||
      answer.message.size() < CachedAnswer::kNameAt + key.name.size())
    return;

  auto* entry = new (::operator new(size)) CachedAnswer;
  entry->hash_ = hash(key);
  entry->stored_s_ = now_s;
  entry->lifetime_s_ = answer.lifetime_s;
  entry->stale_s_ = answer.stale_s;
  entry->message_size_ = static_cast<std::uint16_t>(answer.message.size());
  entry->ttl_count_ = static_cast<std::uint16_t>(answer.ttl_offsets.size());
  entry->type_ = key.type;
  entry->klass_ = key.klass;
  entry->ede_ = answer.ede;
  entry->name_size_ = static_cast<std::uint8_t>(key.name.size());
  entry->rule_size_ = static_cast<std::uint8_t>(rule.size());
  entry->rcode_ = answer.rcode;
  entry->bits_ = static_cast<std::uint8_t>(key_bits(key) | (answer.has_ede ? CachedAnswer::kHasEde : 0));
  entry->verdict_ = answer.verdict;
  entry->judged_by(answer.plan);
  char* at = reinterpret_cast<char*>(entry + 1);
  for (const std::string_view part :
       {std::string_view{reinterpret_cast<const char*>(answer.ttl_offsets.data()), offsets}, answer.message, rule}) {
    if (!part.empty()) std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
  link(entry);
}

// Takes the entry over, in the place of what is there under its key.
void Cache::link(CachedAnswer* entry) {
  const std::size_t size = entry->bytes();
  Shard& shard = shard_of(entry->hash_);
  const std::lock_guard lock(shard.mutex);
  std::atomic<CachedAnswer*>& bucket = bucket_of(shard, entry->hash_);
  for (CachedAnswer* old = bucket.load(std::memory_order_relaxed); old;
       old = old->next_.load(std::memory_order_relaxed)) {
    if (old->hash_ == entry->hash_ && old->type_ == entry->type_ && old->klass_ == entry->klass_ &&
        (old->bits_ & kKeyBits) == (entry->bits_ & kKeyBits) && old->name() == entry->name()) {
      // What was popular stays popular when it is renewed.
      entry->visited_.store(old->visited_.load(std::memory_order_relaxed), std::memory_order_relaxed);
      remove(shard, old);
      break;
    }
  }
  while (shard.bytes + size > shard_limit_ && shard.oldest) evict_one(shard);
  reclaim(shard);
  entry->next_.store(bucket.load(std::memory_order_relaxed), std::memory_order_relaxed);
  entry->older_ = shard.newest;
  (shard.newest ? shard.newest->newer_ : shard.oldest) = entry;
  shard.newest = entry;
  shard.bytes += size;
  shard.entries++;
  bucket.store(entry, std::memory_order_release);
}

void Cache::remove(Shard& shard, CachedAnswer* entry) {
  std::atomic<CachedAnswer*>* link = &bucket_of(shard, entry->hash_);
  while (link->load(std::memory_order_relaxed) != entry) link = &link->load(std::memory_order_relaxed)->next_;
  link->store(entry->next_.load(std::memory_order_relaxed), std::memory_order_release);
  if (shard.hand == entry) shard.hand = entry->newer_;
  (entry->newer_ ? entry->newer_->older_ : shard.newest) = entry->older_;
  (entry->older_ ? entry->older_->newer_ : shard.oldest) = entry->newer_;
  shard.entries--;
  shard.bytes -= entry->bytes();
  shard.retired_bytes += entry->bytes();
  // Sections entered from now on carry a later epoch and cannot reach it.
  shard.retired.push_back({entry, epoch_.fetch_add(1, std::memory_order_seq_cst)});
}

void Cache::evict_one(Shard& shard) {
  CachedAnswer* victim = shard.hand ? shard.hand : shard.oldest;
  while (victim->visited_.load(std::memory_order_relaxed)) {
    victim->visited_.store(0, std::memory_order_relaxed);
    victim = victim->newer_ ? victim->newer_ : shard.oldest;
  }
  shard.hand = victim->newer_;
  remove(shard, victim);
}

void Cache::reclaim(Shard& shard) {
  if (shard.retired.empty()) return;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  std::uint64_t oldest = epoch_.load(std::memory_order_seq_cst);
  for (const Presence& presence : present_) {
    if (const std::uint64_t epoch = presence.epoch.load(std::memory_order_seq_cst)) oldest = std::min(oldest, epoch);
  }
  auto kept = shard.retired.begin();
  for (; kept != shard.retired.end() && kept->epoch < oldest; ++kept) {
    shard.retired_bytes -= kept->entry->bytes();
    ::operator delete(kept->entry);
  }
  shard.retired.erase(shard.retired.begin(), kept);
}

std::uint64_t Cache::bytes() const {
  std::uint64_t sum = kShards * (bucket_mask_ + 1) * sizeof(std::atomic<CachedAnswer*>);
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.bytes + shard.retired_bytes;
  }
  return sum;
}

std::uint64_t Cache::entries() const {
  std::uint64_t sum = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.entries;
  }
  return sum;
}

}  // namespace sinkfeed
