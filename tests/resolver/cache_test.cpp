#include "resolver/cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "resolver/wire.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

// A message as far as the cache looks into it: 12 bytes of header, then the question's name.
std::string message_of(std::string_view name, std::string_view rest) {
  return std::string(12, 'h') + std::string(name) + std::string(rest);
}

struct Entry {
  std::string name;
  std::string message;
  std::uint32_t lifetime = 60;
  void put(Cache& cache, std::uint32_t now = 1000) const {
    const std::string whole = message_of(name, message);
    cache.insert({name, dns::A, dns::IN}, {.lifetime_s = lifetime, .message = whole, .rule = "a rule"}, now);
  }
};

const CachedAnswer* find(Cache& cache, std::string_view name, std::uint32_t now = 1000) {
  return cache.find({name, dns::A, dns::IN}, now);
}

TEST(Cache, GivesBackWhatWasPutInUntilItsTimeIsOver) {
  Cache cache(1 << 20);
  const Cache::Section section(cache, 0);
  const std::uint16_t offsets[] = {30, 46};
  const std::string message = message_of("\1a\4test", "message");
  cache.insert({"\1a\4test", dns::A, dns::IN},
               {.verdict = Verdict::sinkhole,
                .rcode = 3,
                .ede = 15,
                .has_ede = true,
                .lifetime_s = 60,
                .message = message,
                .ttl_offsets = offsets,
                .rule = "rule"},
               1000);
  const CachedAnswer* hit = find(cache, "\1a\4test", 1059);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->verdict(), Verdict::sinkhole);
  EXPECT_EQ(hit->rcode(), 3);
  EXPECT_EQ(hit->ede(), 15);
  EXPECT_EQ(hit->message(), message);
  EXPECT_EQ(hit->name(), "\1a\4test");
  EXPECT_EQ(hit->rule(), "rule");
  EXPECT_EQ(hit->ttl_offsets()[1], 46);
  EXPECT_EQ(hit->age_s(1059), 59u);
  EXPECT_FALSE(find(cache, "\1a\4test", 1060));
}

TEST(Cache, KeepsTypesAndFlagsApart) {
  Cache cache(1 << 20);
  const Cache::Section section(cache, 0);
  cache.insert({"a", dns::A, dns::IN, true, false}, {.lifetime_s = 60, .message = message_of("a", "signed")}, 0);
  EXPECT_TRUE(cache.find({"a", dns::A, dns::IN, true, false}, 0));
  EXPECT_FALSE(cache.find({"a", dns::A, dns::IN, false, false}, 0));
  EXPECT_FALSE(cache.find({"a", dns::A, dns::IN, true, true}, 0));
  EXPECT_FALSE(cache.find({"a", dns::AAAA, dns::IN, true, false}, 0));
}

TEST(Cache, AnAnswerStoredInASecondThatHasNotBegunHereIsFresh) {
  Cache cache(1 << 20);
  const Cache::Section section(cache, 0);
  Entry{"a", "m"}.put(cache, 1001);
  const CachedAnswer* hit = find(cache, "a", 1000);
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->age_s(1000), 0u);
}

TEST(Cache, WhatIsReplacedStaysReadableWhileSomeoneReadsIt) {
  Cache cache(1 << 20);
  const Cache::Section section(cache, 0);
  Entry{"a", std::string(100, 'x')}.put(cache);
  const CachedAnswer* old = find(cache, "a");
  for (int i = 0; i < 100; i++) Entry{"a", std::string(100, static_cast<char>('A' + i % 26))}.put(cache);
  EXPECT_EQ(old->message(), message_of("a", std::string(100, 'x')));
  EXPECT_EQ(cache.entries(), 1u);
}

TEST(Cache, StaysWithinItsLimit) {
  constexpr std::uint64_t kLimit = 2 << 20;
  Cache cache(kLimit);
  for (int i = 0; i < 50000; i++)
    Entry{"name" + std::to_string(i), std::string(static_cast<std::size_t>(50 + i % 400), 'x')}.put(cache);
  EXPECT_LE(cache.bytes(), kLimit);
  EXPECT_GT(cache.bytes(), kLimit / 2);
}

TEST(Cache, AScanDoesNotEvictWhatIsAskedForAgain) {
  Cache cache(1 << 20);
  const Cache::Section section(cache, 0);
  for (int i = 0; i < 200; i++) Entry{"hot" + std::to_string(i), std::string(100, 'h')}.put(cache);
  for (int i = 0; i < 20000; i++) {
    Entry{"scan" + std::to_string(i), std::string(100, 's')}.put(cache);
    find(cache, "hot" + std::to_string(i % 200));
  }
  int kept = 0;
  for (int i = 0; i < 200; i++) kept += find(cache, "hot" + std::to_string(i)) != nullptr;
  EXPECT_GT(kept, 190);
}

TEST(Cache, ManyReadersAndWritersSeeWholeAnswersOnly) {
  Cache cache(256 << 10);
  std::atomic<bool> stop{false};
  std::atomic<int> torn{0}, hits{0};
  std::vector<std::thread> threads;
  for (int slot = 0; slot < 4; slot++) {
    threads.emplace_back([&, slot] {
      std::mt19937 random(static_cast<unsigned>(slot));
      while (!stop) {
        const Cache::Section section(cache, slot);
        for (int i = 0; i < 64; i++) {
          const unsigned number = random() % 3000;
          const std::string name = "n" + std::to_string(number);
          if (const CachedAnswer* hit = find(cache, name)) {
            hits++;
            if (hit->message() !=
                message_of(name, std::string(50 + number % 100, static_cast<char>('a' + number % 26))))
              torn++;
          } else {
            Entry{name, std::string(50 + number % 100, static_cast<char>('a' + number % 26))}.put(cache);
          }
        }
      }
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GT(hits, 0);
}

TEST(Cache, ACopyOfAnotherSizeHasWhatFits) {
  Cache from(4 << 20);
  const auto name_of = [](int i) { return std::string("\7") + std::to_string(1'000'000 + i); };
  for (int i = 0; i < 5000; i++) Entry{name_of(i), "m" + std::to_string(i)}.put(from);
  Cache larger(8 << 20, from), smaller(512 << 10, from);
  const Cache::Section in_larger(larger, 0), in_smaller(smaller, 0);
  for (int i = 0; i < 5000; i++) {
    const CachedAnswer* hit = find(larger, name_of(i), 1030);
    ASSERT_TRUE(hit) << i;
    EXPECT_EQ(hit->message(), message_of(name_of(i), "m" + std::to_string(i)));
    EXPECT_EQ(hit->rule(), "a rule");
    EXPECT_EQ(hit->age_s(1030), 30u);
  }
  EXPECT_FALSE(find(larger, name_of(0), 1060)) << "no answer lives longer for being copied";
  EXPECT_LE(smaller.bytes(), 512u << 10);
  EXPECT_GT(smaller.entries(), 500u);
  EXPECT_EQ(from.entries(), 5000u);
}

}  // namespace
}  // namespace sinkfeed
