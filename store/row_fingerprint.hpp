// What a row of history is hashed to, all but its client, and what its client is: what a block's link in the chain has
// sums of (history_fingerprints.hpp). The same from rows as they came and from rows of a block.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "config/address.hpp"
#include "store/history_layout.hpp"
#include "store/verdict.hpp"

namespace sinkfeed {

struct RowFacts {
  std::int64_t time_us = 0;
  unsigned mark = 0;                    // history_marks.hpp
  std::uint64_t lost = 0;               // of a row that is marked as a gap, which has nothing of what follows
  unsigned port = 0, flags = 0;         //
  std::uint64_t subject = 0;            // subject_fingerprint()
  const IpAddress* upstream = nullptr;  // of a row marked so
  std::uint32_t latency_us = 0;
};
std::uint64_t row_fingerprint(const RowFacts& row);

// What rows have in common that differ in time and client alone. `answers`: PackedAnswers.
struct SubjectFacts {
  unsigned type = 0, rcode = 0;
  Verdict verdict = Verdict::pass;
  std::optional<std::uint16_t> ede;
  std::string_view name, rule, answers;
};
std::uint64_t subject_fingerprint(const SubjectFacts& subject);

// Of its commitment, which outlasts its erasure.
std::uint64_t client_fingerprint(const history_layout::ClientEntry& client);

}  // namespace sinkfeed
