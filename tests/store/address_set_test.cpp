// Whatever is added and removed, a set holds what std::set would, and shares with the one before what has not changed.
#include "store/address_set.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <random>
#include <set>

namespace sinkfeed {
namespace {

IpAddress address(std::uint32_t number) {
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                                static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  return IpAddress::v4(bytes);
}

std::vector<IpAddress> numbered(std::uint32_t from, std::uint32_t count, std::uint32_t step = 1) {
  std::vector<IpAddress> addresses;
  for (std::uint32_t i = 0; i < count; i++) addresses.push_back(address(from + i * step));
  return addresses;
}

RC_GTEST_PROP(AddressSetProperty, HoldsWhatASetHolds, (std::uint32_t seed)) {
  std::mt19937 random(seed);
  const std::uint32_t range = 1 + random() % 8000;
  const auto some = [&] {
    std::set<IpAddress> chosen;
    for (std::uint32_t i = random() % 3000; i; i--) chosen.insert(address(random() % range));
    return std::vector<IpAddress>(chosen.begin(), chosen.end());
  };
  AddressSet set;
  std::set<IpAddress> expected;
  for (int round = 0; round < 5; round++) {
    const auto added = some(), removed = some();
    set = set.changed(added, removed);
    expected.insert(added.begin(), added.end());
    for (const IpAddress& gone : removed) expected.erase(gone);
    RC_ASSERT(std::vector<IpAddress>(set.begin(), set.end()) ==
              std::vector<IpAddress>(expected.begin(), expected.end()));
    RC_ASSERT(set.size() == expected.size());
    const IpAddress one = address(random() % range);
    RC_ASSERT(set.contains(one) == expected.contains(one));
    const auto at = set.lower_bound(one);
    const auto wanted = expected.lower_bound(one);
    RC_ASSERT((at == set.end()) == (wanted == expected.end()));
    if (at != set.end()) RC_ASSERT(*at == *wanted);
  }
}

TEST(AddressSet, ANewEditionSharesWhatHasNotChanged) {
  const AddressSet set(numbered(0, 100'000, 2));
  const IpAddress added[] = {address(77'777)}, removed[] = {address(20)};
  const AddressSet next = set.changed(added, removed);
  EXPECT_EQ(next.size(), set.size());
  EXPECT_EQ(next.shared_chunks(set), set.chunks() - 2);
  EXPECT_TRUE(set.contains(address(20))) << "the former edition is as it was";
  EXPECT_FALSE(next.contains(address(20)));
}

TEST(AddressSet, WhatIsLeftOfManyRemovalsIsNotLeftInCrumbs) {
  AddressSet set(numbered(0, 50 * AddressSet::kChunk));
  // All but each hundredth.
  std::vector<IpAddress> gone;
  for (std::uint32_t i = 0; i < 50 * AddressSet::kChunk; i++) {
    if (i % 100) gone.push_back(address(i));
  }
  set = set.changed({}, gone);
  EXPECT_EQ(set.size(), 50 * AddressSet::kChunk / 100 + 50 * AddressSet::kChunk % 100 / 100);
  EXPECT_LE(set.chunks(), 3u);
  set = set.changed({}, std::vector<IpAddress>(set.begin(), set.end()));
  EXPECT_TRUE(set.empty());
  EXPECT_TRUE(set.begin() == set.end());
}

}  // namespace
}  // namespace sinkfeed
