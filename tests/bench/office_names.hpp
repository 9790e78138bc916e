// The names that an office asks for, and what they are answered with: about 200,000, made from a seed, in the wire
// format in which the history keeps them. Sites with their own names and the third parties that their pages call, hosts
// of content networks, telemetry, internal names, reverse names, some that do not exist, and a few of Google Talk.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/verdict.hpp"

namespace sinkfeed::bench {

// SplitMix64: the same numbers everywhere, and cheap.
class TraceRandom {
 public:
  explicit TraceRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() { return mixed(state_ += 0x9e3779b97f4a7c15); }
  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>((next() >> 32) * std::uint64_t{limit} >> 32);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  bool chance(double probability) { return unit() < probability; }
  // 0..n-1, the k-th about 1/k as often as the first (Zipf's law with exponent 1).
  std::uint32_t zipf(std::uint32_t n) {
    const auto rank = static_cast<std::uint32_t>(std::exp2(unit() * std::log2(n + 1.0)));
    return rank < n ? rank - 1 : n - 1;
  }
  // A bijection: different numbers stay different.
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

// What may be asked for a name; the last is the name's own type (PTR, SRV, ...), with the answer of the first.
inline constexpr std::uint8_t kAskA = 1, kAskAaaa = 2, kAskHttps = 4, kAskOwn = 8;

struct OfficeName {
  // Into texts: the name, the CNAME chain of every answer (PackedAnswers), and the records of A, AAAA and HTTPS.
  std::uint32_t text = 0, chain = 0;
  std::uint32_t answer[3] = {};
  std::uint16_t answer_size[3] = {};  // of one variant; they stand one after the other
  std::uint16_t chain_size = 0;
  std::uint16_t ttl = 300;
  std::uint16_t own_type = 0;
  std::uint8_t text_size = 0;
  std::uint8_t variants = 1;  // more: each time that the TTL has run out one of them is answered
  std::uint8_t rcode = 0;
  Verdict verdict = Verdict::pass;
  std::uint8_t rule = 0;  // into rules

  // The resolver's cache: what it holds until when (seconds since 1970).
  std::uint8_t variant = 0;
  std::uint32_t expires = 0;
};

struct OfficeSite {
  std::uint32_t first = 0;    // its own names, the main one first
  std::uint32_t parties = 0;  // into OfficeNames::parties
  std::uint8_t own_count = 0, party_count = 0;
};

// A range of names.
struct OfficeRange {
  std::uint32_t first = 0, count = 0;
};

struct OfficeNames {
  explicit OfficeNames(std::uint64_t seed);

  std::vector<OfficeName> names;
  std::vector<OfficeSite> sites;       // the most popular first
  std::vector<std::uint32_t> parties;  // names of third parties, for each site
  OfficeRange hosts;                   // of content networks, asked for by pages
  OfficeRange apps;                    // telemetry, updates, mail, what programs ask for by themselves
  OfficeRange internal, reverse, services, talk;
  std::string texts;
  std::vector<std::string> rules;

  // Names that are asked for once: the zones they are below, with what they are answered.
  struct Zone {
    std::string below;  // wire format, with the root
    std::string answer;
    std::uint8_t rcode = 0;
  };
  std::vector<Zone> one_offs;
};

}  // namespace sinkfeed::bench
