// Any order of inserts, look-ups and passing time: the cache gives back what was put in last, no longer than allowed,
// and never takes more than its limit.
#include "resolver/cache.hpp"

#include <map>
#include <string>

#include "tests/fuzz/check.hpp"

using namespace sinkfeed;

namespace {

struct Kept {
  std::string message;
  std::uint32_t stored, lifetime, stale;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kLimit = 1 << 20;
  Cache cache(kLimit);
  std::map<std::pair<std::string, unsigned>, Kept> model;
  std::uint32_t now = 1000;
  for (std::size_t i = 0; i + 4 <= size; i += 4) {
    const std::uint8_t operation = data[i], which = data[i + 1], length = data[i + 2], more = data[i + 3];
    const std::string name =
        std::string(1, '\2') + static_cast<char>('a' + which % 16) + static_cast<char>('a' + which / 16) + '\0';
    const std::uint16_t type = more % 3;
    const bool dnssec_ok = more & 64, checking_disabled = more & 128;
    const bool any_type = (more & 32) && type == 0;
    const CacheKey key{name, type, 1, dnssec_ok, checking_disabled, any_type};
    const auto known = std::pair{name, type * 8u + dnssec_ok * 4u + checking_disabled * 2u + any_type};
    if (operation % 4 == 0) {
      const std::string message = std::string(12, 'h') + name + std::string(length * 40u, static_cast<char>(more));
      const std::vector<std::uint16_t> offsets(length % 7, 3);
      const std::uint32_t lifetime = more % 50, stale = length % 20;
      cache.insert(key,
                   {.has_ede = (more & 1) != 0,
                    .lifetime_s = lifetime,
                    .stale_s = stale,
                    .message = message,
                    .ttl_offsets = offsets,
                    .rule = name},
                   now);
      // What may not be kept at all leaves what was there.
      if (lifetime) model[known] = {message, now, lifetime, stale};
    } else if (operation % 4 == 1) {
      now += more;
    } else {
      const Cache::Section section(cache, 0);
      const CachedAnswer* found = cache.find(key, now);
      if (!found) continue;  // evicted, or over
      const auto expected = model.find(known);
      SINKFEED_CHECK(expected != model.end());
      SINKFEED_CHECK(found->message() == expected->second.message && found->name() == name && found->rule() == name);
      SINKFEED_CHECK(now - expected->second.stored < expected->second.lifetime + expected->second.stale);
      SINKFEED_CHECK(found->is_fresh(now) == (now - expected->second.stored < expected->second.lifetime));
    }
  }
  SINKFEED_CHECK(cache.bytes() <= kLimit);
  return 0;
}
