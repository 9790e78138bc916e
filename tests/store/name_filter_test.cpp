#include "store/name_filter.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace sinkfeed {
namespace {

TEST(NameFilter, HoldsAllThatIsInItAndHardlyAnythingElse) {
  std::mt19937_64 random(1);
  for (const std::size_t count : {0, 1, 2, 3, 10, 100, 1000, 50000}) {
    std::set<std::uint64_t> hashes;
    while (hashes.size() < count) hashes.insert(random());
    const std::string bytes = make_name_filter(std::vector(hashes.begin(), hashes.end()));
    EXPECT_LT(bytes.size(), count * 186 / 100 + 64);
    const auto filter = NameFilter::read(bytes);
    ASSERT_TRUE(filter);
    EXPECT_TRUE(std::all_of(hashes.begin(), hashes.end(), [&](auto hash) { return filter->may_hold(hash); })) << count;
    int wrong = 0;
    for (int i = 0; i < 100000; i++) wrong += filter->may_hold(random());
    EXPECT_LT(wrong, 100000 / 4096 * 3) << count;
  }
}

TEST(NameFilter, IsNotReadFromWhatIsNone) {
  EXPECT_FALSE(NameFilter::read(""));
  EXPECT_FALSE(NameFilter::read("1"));
  EXPECT_FALSE(NameFilter::read("123"));
  EXPECT_FALSE(NameFilter::read("1234567"));
}

TEST(NameFilter, ANameIsFoundByItselfAndByAllThatItIsBelow) {
  const std::string name("\4talk\6google\3com\0", 17), parent("\6google\3com\0", 12), top("\3com\0", 5);
  std::vector<std::uint64_t> hashes;
  put_name_hashes(name, [&](std::uint64_t hash) { hashes.push_back(hash); });
  EXPECT_EQ(hashes, (std::vector{hash_of_name(name), hash_of_below(parent), hash_of_below(top)}));
  hashes.clear();
  put_name_hashes(std::string_view("\0", 1), [&](std::uint64_t hash) { hashes.push_back(hash); });
  EXPECT_EQ(hashes.size(), 1u);
}

}  // namespace
}  // namespace sinkfeed
