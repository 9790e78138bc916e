// The estimate of what is unseen, on pools of which all is known; seeds are fixed, so that what holds once holds
// always.
#include "resolver/unseen_estimate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <vector>

namespace sinkfeed {
namespace {

using Sizes = std::map<std::size_t, std::size_t>;

UnseenEstimate estimate(const std::vector<std::uint32_t>& occurrences, const Sizes& sizes) {
  return estimate_unseen({occurrences, sizes});
}

// A pool that shows some of its addresses at a time; no two of an answer are the same.
class Pool {
 public:
  Pool(std::vector<double> weights, std::size_t shown, unsigned seed)
      : choose_(weights.begin(), weights.end()), counts_(weights.size()), shown_(shown), random_(seed) {}

  void answer() {
    std::vector<std::size_t> picked;
    while (picked.size() < shown_) {
      const std::size_t one = choose_(random_);
      if (std::find(picked.begin(), picked.end(), one) == picked.end()) picked.push_back(one);
    }
    for (const std::size_t one : picked) seen_ += !counts_[one]++;
    answers_++;
  }
  std::size_t seen() const { return seen_; }
  std::size_t answers() const { return answers_; }
  UnseenEstimate estimate() const {
    std::vector<std::uint32_t> occurrences;
    std::copy_if(counts_.begin(), counts_.end(), std::back_inserter(occurrences), [](auto n) { return n > 0; });
    return estimate_unseen({occurrences, Sizes{{shown_, answers_}}});
  }

 private:
  std::discrete_distribution<std::size_t> choose_;
  std::vector<std::uint32_t> counts_;
  std::size_t shown_, answers_ = 0, seen_ = 0;
  std::mt19937 random_;
};

std::vector<double> equal(std::size_t size) { return std::vector<double>(size, 1.0); }
std::vector<double> falling(std::size_t size) {
  std::vector<double> weights;
  for (std::size_t i = 0; i < size; i++) weights.push_back(1 / std::sqrt(static_cast<double>(i + 1)));
  return weights;
}

constexpr unsigned kSeeds = 400;

struct Accuracy {
  double median = 0, within_tenth = 0, covered = 0;
};

// Of the estimate when so much of the pool is seen.
Accuracy accuracy(const std::vector<double>& weights, double share_seen) {
  const double size = static_cast<double>(weights.size());
  std::vector<double> totals;
  Accuracy found;
  for (unsigned seed = 0; seed < kSeeds; seed++) {
    Pool pool(weights, 4, seed);
    while (static_cast<double>(pool.seen()) < share_seen * size) pool.answer();
    const UnseenEstimate estimate = pool.estimate();
    totals.push_back(estimate.total());
    found.within_tenth += std::abs(estimate.total() - size) <= 0.1 * size;
    found.covered += estimate.low <= size && size <= estimate.high;
  }
  std::nth_element(totals.begin(), totals.begin() + kSeeds / 2, totals.end());
  found.median = totals[kSeeds / 2];
  found.within_tenth /= kSeeds, found.covered /= kSeeds;
  std::printf("%3.0f %% of %.0f seen: median %.0f, within a tenth %.0f %%, interval holds it %.0f %%\n",
              100 * share_seen, size, found.median, 100 * found.within_tenth, 100 * found.covered);
  return found;
}

TEST(UnseenEstimate, SaysNothingOfTooFewAnswers) {
  EXPECT_FALSE(estimate({}, {}).is_known);
  EXPECT_FALSE(estimate({2, 2}, {{2, 2}}).is_known);
  EXPECT_TRUE(estimate({3, 3}, {{2, 3}}).is_known);
}

TEST(UnseenEstimate, IsCompleteWhenEachAnswerHoldsAll) {
  const UnseenEstimate all = estimate({3, 3, 3, 3}, {{4, 3}});
  EXPECT_EQ(all.unseen, 0);
  EXPECT_TRUE(all.is_complete());
  EXPECT_EQ(all.low, 4);
  EXPECT_EQ(all.high, 4);
}

TEST(UnseenEstimate, SolvesTheLikelihoodEquation) {
  // D = 2, three answers of one: 1 - 2/N = (1 - 1/N)^3, so N^2 - 3N + 1 = 0.
  EXPECT_NEAR(estimate({2, 1}, {{1, 3}}).total(), (3 + std::sqrt(5.0)) / 2, 1e-6);
}

TEST(UnseenEstimate, IsChao2WhereChancesDiffer) {
  // Two addresses in each answer, five once and two twice: Q1 = 5, Q2 = 2, m = 20.
  const UnseenEstimate found = estimate({20, 20, 2, 2, 1, 1, 1, 1, 1}, {{2, 11}, {3, 9}});
  EXPECT_FALSE(found.equal_chances);
  EXPECT_NEAR(found.unseen, 19.0 / 20 * 5 * 4 / (2 * 3), 1e-9);
}

TEST(UnseenEstimate, IsChao2WhileNothingWasSeenTwice) {
  const UnseenEstimate found = estimate({1, 1, 1, 1}, {{1, 4}});
  EXPECT_FALSE(found.equal_chances);
  EXPECT_NEAR(found.unseen, 0.75 * 4 * 3 / 2, 1e-9);
  EXPECT_LE(found.low, found.total());
  EXPECT_GE(found.high, found.total());
}

TEST(UnseenEstimate, AddsPoolsThatHaveNothingInCommon) {
  const UnseenEstimate a = estimate({2, 1}, {{1, 3}}), b = estimate({1, 1, 1, 1}, {{1, 4}});
  const UnseenEstimate both = together(a, b);
  EXPECT_EQ(both.seen, 6u);
  EXPECT_EQ(both.answers, 7u);
  EXPECT_DOUBLE_EQ(both.unseen, a.unseen + b.unseen);
  EXPECT_DOUBLE_EQ(together(a, {}).total(), a.total());
}

// Whatever the counts are: finite, in order, never below what was seen.
TEST(UnseenEstimate, HoldsItsBoundsForAnyCounts) {
  std::mt19937 random(1);
  for (int run = 0; run < 20000; run++) {
    std::vector<std::uint32_t> occurrences(1 + random() % 30);
    Sizes sizes;
    std::size_t incidences = 0;
    for (auto& n : occurrences) incidences += n = 1 + static_cast<std::uint32_t>(random() % (1 + random() % 9));
    while (incidences) {
      const std::size_t size = std::min<std::size_t>(incidences, 1 + random() % occurrences.size());
      sizes[size]++, incidences -= size;
    }
    const UnseenEstimate found = estimate(occurrences, sizes);
    ASSERT_TRUE(std::isfinite(found.unseen) && std::isfinite(found.variance) && std::isfinite(found.high));
    ASSERT_GE(found.unseen, 0);
    ASSERT_GE(found.variance, 0);
    ASSERT_LE(static_cast<double>(found.seen), found.low);
    ASSERT_LE(found.low, found.total() + 1e-9);
    ASSERT_LE(found.total(), found.high + 1e-9);
  }
}

TEST(UnseenEstimate, IsNearTheTruthOnceHalfIsSeen) {
  // Half seen, no method can do much better: sd of the best possible is 13 % there.
  const Accuracy half = accuracy(equal(200), 0.5), most = accuracy(equal(200), 0.75),
                 nearly = accuracy(equal(200), 0.9);
  EXPECT_NEAR(half.median, 200, 10);
  EXPECT_GT(half.within_tenth, 0.5);
  EXPECT_GT(most.within_tenth, 0.85);
  EXPECT_GT(nearly.within_tenth, 0.98);
  for (const Accuracy& one : {half, most, nearly}) EXPECT_GT(one.covered, 0.88);
}

TEST(UnseenEstimate, SeesThatChancesDiffer) {
  EXPECT_NEAR(accuracy(falling(200), 0.5).median, 200, 30);
  EXPECT_NEAR(accuracy(falling(200), 0.9).median, 200, 10);
}

// What it costs to know that all is found, beside an oracle that knows the pool and stops with its last address.
TEST(UnseenEstimate, KnowsThatAPoolIsCompleteForAtMostHalfAsMuchAgain) {
  std::vector<double> ratios;
  double ours = 0, oracle = 0, whole = 0;
  for (unsigned seed = 0; seed < kSeeds; seed++) {
    Pool pool(equal(200), 4, seed);
    std::size_t found = 0, known = 0;
    while (!found || !known) {
      pool.answer();
      if (!found && pool.seen() == 200) found = pool.answers();
      if (!known && pool.estimate().is_complete()) {
        known = pool.answers();
        whole += pool.seen() == 200;
      }
    }
    const auto both = static_cast<double>(std::max(found, known));
    ours += both, oracle += static_cast<double>(found);
    ratios.push_back(both / static_cast<double>(found));
  }
  std::nth_element(ratios.begin(), ratios.begin() + kSeeds / 2, ratios.end());
  std::printf(
      "found and known complete after %.0f answers, the oracle %.0f: %.2f in all, median %.2f; whole when said %.0f "
      "%%\n",
      ours / kSeeds, oracle / kSeeds, ours / oracle, ratios[kSeeds / 2], 100 * whole / kSeeds);
  EXPECT_LE(ratios[kSeeds / 2], 1.5);
  EXPECT_LE(ours / oracle, 1.5);
  EXPECT_GE(whole / kSeeds, 0.85);
}

}  // namespace
}  // namespace sinkfeed
