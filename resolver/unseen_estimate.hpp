// How many addresses a pool has of which each answer shows a few: capture-recapture. Pure arithmetic.
//
// An answer is one sampling occasion with several addresses in it, so what counts is in how many answers an address was
// (incidence). Two methods:
//   - If all addresses come up alike: maximum likelihood of the multiple-recapture census with equal catchability
//     (J. N. Darroch, Biometrika 45, 1958; Schnabel's census). It uses all counts, and nothing does better there.
//   - If some come up more often than others: Chao2, bias-corrected (A. Chao, Biometrics 43, 1987; variance as in
//     EstimateS, R. K. Colwell). It is a lower bound whatever the chances are, and looks only at the rare ones.
// Which one: the number of pairs of occurrences of one address is compared with what equal chances would give; if it is
// more than one and a half standard deviations above, they are not equal.
#pragma once

#include <cstdint>
#include <map>
#include <span>

namespace sinkfeed {

// Answers that were sampled one by one.
struct AnswerCounts {
  std::span<const std::uint32_t> occurrences;       // of each address, in how many answers it was: 1 or more
  const std::map<std::size_t, std::size_t>& sizes;  // how many answers had so many addresses
};

struct UnseenEstimate {
  std::uint64_t seen = 0;     // different addresses
  std::uint64_t answers = 0;  // that they were in
  double unseen = 0;          // addresses that are expected beyond those seen
  double variance = 0;        // of `unseen`
  bool equal_chances = true;  // which method
  // 95 % interval of seen + unseen, log-normal (Chao 1987): never below what was seen.
  double low = 0, high = 0;

  bool is_known = false;  // fewer answers than three say nothing of what others may hold

  // All addresses of the pool have been seen, with nine chances in ten.
  bool is_complete() const { return is_known && unseen < 0.1; }
  double total() const { return static_cast<double>(seen) + unseen; }
};

UnseenEstimate estimate_unseen(const AnswerCounts& counts);
// Of two pools that have no address in common.
UnseenEstimate together(const UnseenEstimate& a, const UnseenEstimate& b);

}  // namespace sinkfeed
