// Generations as they were: what Ledger::generation gives back is what was current then, whatever came after.
#include <gtest/gtest.h>

#include <random>

#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::at;
using ledger_test::Folder;
using ledger_test::ip;
using ledger_test::name;
using ledger_test::OpenLedger;
using ledger_test::seen;

using Sets = std::map<std::string, std::vector<IpAddress>>;

Sets sets_of(const std::map<std::string, AddressSet>& from) {
  Sets sets;
  for (const auto& [profile, set] : from) sets[profile] = {set.begin(), set.end()};
  return sets;
}

// Addresses come, are needed by other names, are held, released and forgotten, at random, with restarts in between.
TEST(PastGenerations, AreWhatWasCurrentThen) {
  const Folder folder;
  std::mt19937 random(7);
  std::map<std::uint64_t, std::pair<Sets, Sets>> was;
  std::map<std::uint64_t, WallTime> created;
  for (int life = 0; life < 3; life++) {
    OpenLedger ledger(folder);
    for (int step = 0; step < 60; step++) {
      const std::string text = "74.125.140." + std::to_string(random() % 12);
      const IpAddress address = ip(text);
      switch (random() % 6) {
        case 0:
        case 1:
          ledger.observe({seen(text)});
          break;
        case 2:
          ledger->observe_names({{name("www.test"), address, at(step), 1, ip("10.0.0.7")}});
          ledger.observe({});
          break;
        case 3:
          (void)ledger->decide(address, std::nullopt, {Ruling::Kind::hold, at(step), std::nullopt, "ann", ""});
          break;
        case 4:
          (void)ledger->decide(address, std::nullopt, {Ruling::Kind::release, at(step), std::nullopt, "ann", ""});
          break;
        case 5:
          (void)ledger->forget(address, std::nullopt, "ann", "", std::nullopt);
          break;
      }
      const auto now = ledger->current();
      was[now->number] = {sets_of(now->profiles), sets_of(now->shared)};
      created[now->number] = now->created;
    }
    ASSERT_GT(was.size(), 10u);
    for (const auto& [number, sets] : was) {
      const auto past = ledger->generation(number).value();
      ASSERT_NE(past, nullptr) << number;
      EXPECT_EQ(past->number, number);
      EXPECT_EQ(sets_of(past->profiles), sets.first) << number;
      EXPECT_EQ(sets_of(past->shared), sets.second) << number;
      EXPECT_EQ(past->created, created[number]);
      EXPECT_EQ(ledger->generation_at(created[number]).value(), number);
      EXPECT_LT(ledger->generation_at(created[number] - std::chrono::microseconds(1)).value(), number);
    }
    EXPECT_EQ(ledger->generation(0).value(), nullptr);
    EXPECT_EQ(ledger->generation(ledger->current()->number + 1).value(), nullptr);
  }
}

}  // namespace
}  // namespace sinkfeed
