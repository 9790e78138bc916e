// The layout of a history ring file: a header page and a data area, in the machine's own byte order (a ring never
// leaves the machine that made it). Records are contiguous, aligned to 8 bytes; a wrap marker fills the end of the data
// area when a record does not fit there. Positions count bytes since the file was made and never wrap.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <type_traits>

namespace sinkfeed::ring_format {

inline constexpr std::uint64_t kMagic = 0x31676e69726b6e73;  // "snkring1"
inline constexpr std::uint32_t kVersion = 2;
inline constexpr std::size_t kHeaderBytes = 4096;
inline constexpr std::uint64_t kLeastCapacity = 64 << 10;
inline constexpr std::uint64_t kMostCapacity = std::uint64_t{1} << 32;
inline constexpr std::size_t kLongestName = 255;

struct Header {
  // Written once, when the file is made; `checksum` is of what stands before it.
  std::uint64_t magic;
  std::uint32_t version;
  std::uint32_t reserved;
  std::uint64_t capacity;
  std::array<char, 16> id;
  std::uint64_t checksum;
  // The worker's.
  alignas(64) std::atomic<std::uint64_t> written;  // stored last: everything before it is complete
  std::atomic<std::uint64_t> pushed;               // records that `written` covers, gap records not counted
  std::atomic<std::int64_t> last_us;               // time of the last of them
  std::atomic<std::uint64_t> lost;                 // records that did not fit, ever
  std::atomic<std::uint64_t> lost_recorded;        // of those, told of in a gap record
  std::atomic<std::int64_t> lost_first_us;         // time of the first that is not told of
  std::atomic<std::uint64_t> lost_at_open;         // `lost` when the ring was opened last
  // The reader's.
  alignas(64) std::atomic<std::uint64_t> released;
  std::atomic<std::uint64_t> released_pushed;  // `pushed` as of `released`, to count what a power loss took
  std::atomic<std::uint64_t> lost_seen;        // the highest Loss::total read: its gap record is not written twice
};
static_assert(sizeof(Header) <= kHeaderBytes && std::atomic<std::uint64_t>::is_always_lock_free);

struct RecordHead {
  std::uint32_t length;    // of the record with this head, not padded; or kWrap
  std::uint32_t checksum;  // of what follows it, and of the place: a record of an earlier lap does not pass
};
inline constexpr std::uint32_t kWrap = 0xffffffff;

inline constexpr std::uint8_t kTcp = 1, kHasEde = 2, kHasUpstream = 4, kClientV6 = 8, kUpstreamV6 = 16, kGap = 32;

struct Loss {
  std::uint64_t count;  // records lost here
  std::uint64_t total;  // Header::lost as of here
};
// Followed by the client's address, the upstream's if there is one (4 or 16 bytes each), name, rule and answers; of a
// gap, by a Loss.
struct RecordBody {
  std::uint64_t sequence;  // Header::pushed before this record
  std::int64_t time_us;
  std::uint32_t latency_us;
  std::uint16_t client_port, type, flags, ede, answers_length;
  std::uint8_t name_length, rule_length, rcode, verdict, origin, bits;
};
static_assert(sizeof(RecordHead) == 8 && sizeof(RecordBody) == 40 && std::is_trivially_copyable_v<RecordBody>);

inline constexpr std::size_t kShortestRecord = sizeof(RecordHead) + sizeof(RecordBody);

// Of the addresses behind a body.
inline std::size_t client_size(std::uint8_t bits) { return bits & kClientV6 ? 16 : 4; }
inline std::size_t upstream_size(std::uint8_t bits) { return bits & kHasUpstream ? (bits & kUpstreamV6 ? 16 : 4) : 0; }

inline std::uint64_t padded(std::uint64_t length) { return (length + 7) & ~std::uint64_t{7}; }

inline std::uint32_t checksum(const char* body, std::size_t length, std::uint64_t position) {
  const std::uint64_t hash = XXH3_64bits(body, length) ^ (position * 0x9e3779b97f4a7c15);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}
inline std::uint32_t wrap_checksum(std::uint64_t position) { return checksum(nullptr, 0, position); }

}  // namespace sinkfeed::ring_format
