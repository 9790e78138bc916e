#include "resolver/unseen_estimate.hpp"

#include <algorithm>
#include <cmath>

namespace sinkfeed {

namespace {

constexpr double kNormal95 = 1.96;
constexpr std::uint64_t kAnswersToSay = 3;
constexpr double kUnequal = 1.5;  // standard deviations

struct Sums {
  double seen = 0, answers = 0, incidences = 0, pairs = 0;  // pairs: of occurrences of the same address, ordered
  double once = 0, twice = 0;                               // addresses that were in one answer, in two
  double largest = 0;                                       // answer
};

Sums sums_of(const AnswerCounts& counts) {
  Sums sums;
  sums.seen = static_cast<double>(counts.occurrences.size());
  for (const std::uint32_t occurrences : counts.occurrences) {
    const double n = occurrences;
    sums.incidences += n;
    sums.pairs += n * (n - 1);
    sums.once += occurrences == 1;
    sums.twice += occurrences == 2;
  }
  for (const auto& [size, answers] : counts.sizes) {
    sums.answers += static_cast<double>(answers);
    sums.largest = std::max(sums.largest, static_cast<double>(size));
  }
  return sums;
}

// Darroch's likelihood equation, 1 - D/N = product of (1 - k/N), as logarithms: negative where N is too small.
double excess(const Sums& sums, const AnswerCounts& counts, double total) {
  double sum = std::log1p(-sums.seen / total);
  for (const auto& [size, answers] : counts.sizes)
    sum -= static_cast<double>(answers) * std::log1p(-static_cast<double>(size) / total);
  return sum;
}

// Addresses beyond those seen if all come up alike. Infinite: no address has been seen twice.
double unseen_if_equal(const Sums& sums, const AnswerCounts& counts) {
  if (sums.largest >= sums.seen) return 0;  // one answer held all
  if (sums.incidences <= sums.seen) return HUGE_VAL;
  double low = 1e-9 * sums.seen, high = sums.seen;
  if (excess(sums, counts, sums.seen + low) >= 0) return 0;
  while (excess(sums, counts, sums.seen + high) < 0) {
    low = high;
    if ((high *= 2) > 1e12) return HUGE_VAL;
  }
  for (int i = 0; i < 60; i++) {
    const double middle = (low + high) / 2;
    (excess(sums, counts, sums.seen + middle) < 0 ? low : high) = middle;
  }
  return high;
}

double variance_if_equal(const Sums& sums, const AnswerCounts& counts, double unseen) {
  if (unseen <= 0) return 0;
  const double total = sums.seen + unseen;
  double information = 1 / unseen + (sums.answers - 1) / total;
  for (const auto& [size, answers] : counts.sizes)
    information -= static_cast<double>(answers) / (total - static_cast<double>(size));
  return information > 0 ? 1 / information : unseen * unseen;
}

bool comes_up_alike(const Sums& sums, double unseen) {
  if (!std::isfinite(unseen)) return false;
  const double total = sums.seen + unseen;
  const double expected = sums.incidences * sums.incidences / total * (sums.answers - 1) / sums.answers;
  return sums.pairs - expected <= kUnequal * std::sqrt(2 * expected);
}

void use_chao2(const Sums& sums, UnseenEstimate& estimate) {
  const double q1 = sums.once, q2 = sums.twice, a = (sums.answers - 1) / sums.answers;
  const double unseen = a * q1 * (q1 - 1) / (2 * (q2 + 1));
  const double q21 = q2 + 1;
  double variance = a * q1 * (q1 - 1) / (2 * q21) + a * a * q1 * (2 * q1 - 1) * (2 * q1 - 1) / (4 * q21 * q21) +
                    a * a * q1 * q1 * q2 * (q1 - 1) * (q1 - 1) / (4 * q21 * q21 * q21 * q21);
  if (q2 == 0 && unseen > 0) variance -= a * a * q1 * q1 * q1 * q1 / (4 * (sums.seen + unseen));
  // Both are lower bounds when chances are unequal.
  if (unseen < estimate.unseen && std::isfinite(estimate.unseen)) return;
  estimate.unseen = unseen;
  estimate.variance = std::max(variance, 0.0);
}

void set_interval(UnseenEstimate& estimate) {
  const double seen = static_cast<double>(estimate.seen), unseen = estimate.unseen;
  estimate.low = estimate.high = seen;
  if (unseen <= 0) return;
  const double factor = std::exp(kNormal95 * std::sqrt(std::log1p(estimate.variance / (unseen * unseen))));
  estimate.low = seen + unseen / factor;
  estimate.high = seen + unseen * factor;
}

}  // namespace

UnseenEstimate estimate_unseen(const AnswerCounts& counts) {
  UnseenEstimate estimate;
  const Sums sums = sums_of(counts);
  estimate.seen = counts.occurrences.size();
  estimate.answers = static_cast<std::uint64_t>(sums.answers);
  estimate.is_known = estimate.answers >= kAnswersToSay;
  if (estimate.seen) {
    estimate.unseen = unseen_if_equal(sums, counts);
    estimate.equal_chances = comes_up_alike(sums, estimate.unseen);
    if (std::isfinite(estimate.unseen)) estimate.variance = variance_if_equal(sums, counts, estimate.unseen);
    if (!estimate.equal_chances) use_chao2(sums, estimate);
  }
  set_interval(estimate);
  return estimate;
}

UnseenEstimate together(const UnseenEstimate& a, const UnseenEstimate& b) {
  if (!a.seen) return b;
  if (!b.seen) return a;
  UnseenEstimate both;
  both.seen = a.seen + b.seen;
  both.answers = a.answers + b.answers;
  both.unseen = a.unseen + b.unseen;
  both.variance = a.variance + b.variance;
  both.is_known = a.is_known && b.is_known;
  both.equal_chances = a.equal_chances && b.equal_chances;
  set_interval(both);
  return both;
}

}  // namespace sinkfeed
