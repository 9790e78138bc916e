// The history while somebody sets the clock.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "store/history.hpp"
#include "store/history_age.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using test::Folder;
using test::numbered;
using namespace std::chrono_literals;

class HistoryClock : public testing::Test {
 protected:
  void open() {
    history.reset(), database.reset();
    database = Database::open(folder / "db", Database::Mode::read_write).value();
    history =
        History::open(*database, Database::Mode::read_write, folder / "rings", 1, settings, clock, health).value();
  }
  void push() {
    ASSERT_TRUE(history->ring(0).push(test::entry_of(numbered(pushed++, clock.wall().time_since_epoch().count()))));
  }
  std::vector<std::uint64_t> found(HistoryFilter filter = {}) const {
    filter.limit = 0;
    std::vector<std::uint64_t> numbers;
    WallTime last = WallTime::max();
    const auto done = history->search(filter, [&](const QueryRecord& record) {
      EXPECT_LE(record.time, last) << "newest first";
      last = record.time;
      numbers.push_back(test::number_of(record));
      return true;
    });
    EXPECT_TRUE(done) << done.error().what;
    std::sort(numbers.begin(), numbers.end());
    return numbers;
  }
  void finds_all() const {
    std::vector<std::uint64_t> all(pushed);
    for (std::uint64_t i = 0; i < pushed; ++i) all[i] = i;
    EXPECT_EQ(found(), all);
  }
  // A block, written because a minute has gone by.
  void write_block() {
    const auto blocks = history->totals().blocks;
    finds_all();  // and is drained
    clock.advance(61s);
    for (int i = 0; i < 500 && history->totals().blocks == blocks; ++i) std::this_thread::sleep_for(10ms);
    ASSERT_GT(history->totals().blocks, blocks);
  }

  Folder folder;
  ManualClock clock{test::at(1'790'000'000'000'000)};
  Health health;
  Settings::History settings;
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
  std::uint64_t pushed = 0;
};

TEST_F(HistoryClock, JumpsLoseNothingAndDoubleNothing) {
  open();
  for (const auto jump : {0h, -30h, 24h * 400, -24h * 400, -24h * 365 * 30, 24h * 365 * 30, 1h}) {
    clock.jump(jump);
    for (int i = 0; i < 5; ++i) push(), clock.advance(1ms);
    write_block();
    push();
    finds_all();
  }
  open();
  finds_all();
  HistoryFilter past;
  past.until = test::at(1'700'000'000'000'000);
  EXPECT_EQ(found(past).size(), 6U) << "what was asked while the clock said 1996";
}

TEST_F(HistoryClock, BackAndForthWithinOneBlockIsFoundByTime) {
  open();
  for (int i = 0; i < 50; ++i) {
    clock.jump(i % 2 ? 1h : -1h);
    push();
  }
  for (int round = 0; round < 2; ++round) {
    finds_all();
    HistoryFilter early;
    early.until = test::at(1'790'000'000'000'000);
    EXPECT_EQ(found(early).size(), 25U);
    open();
  }
}

TEST_F(HistoryClock, RetentionWaitsADayBeforeItBelievesAJump) {
  open();
  push();
  write_block();
  clock.jump(24h * 365 * 10);
  clock.advance(61s), std::this_thread::sleep_for(150ms);
  clock.advance(23h);
  for (int i = 0; i < 3; ++i) clock.advance(61s), std::this_thread::sleep_for(150ms);
  finds_all();
  clock.advance(2h);
  for (int i = 0; i < 500 && history->totals().blocks != 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(history->totals().blocks, 0U) << "by then somebody meant it";
}

TEST(RetentionClock, TakesSmallStepsAndAllSetBacks) {
  const WallTime start = test::at(1'790'000'000'000'000);
  ManualClock clock{start};
  RetentionClock known{clock, start};
  EXPECT_EQ(known.now(), start);
  clock.jump(59min);
  EXPECT_EQ(known.now(), start + 59min);
  clock.jump(-24h);
  EXPECT_EQ(known.now(), start - 24h + 59min);
  clock.advance(24h);
  EXPECT_EQ(known.now(), start + 59min);
}

TEST(RetentionClock, GoesOnByTheTimeThatPassesWhileItDoubts) {
  const WallTime start = test::at(1'790'000'000'000'000);
  ManualClock clock{start};
  RetentionClock known{clock, start};
  clock.jump(24h * 30);
  EXPECT_EQ(known.now(), start);
  clock.advance(10h);
  EXPECT_EQ(known.now(), start + 10h);
  clock.jump(-24h * 30);
  EXPECT_EQ(known.now(), start + 10h) << "somebody put it right";
  clock.jump(24h * 30);
  EXPECT_EQ(known.now(), start + 10h);
  clock.advance(20h);
  EXPECT_EQ(known.now(), start + 30h) << "a new doubt begins anew";
  clock.advance(5h);
  EXPECT_EQ(known.now(), clock.wall());
}

TEST(RetentionClock, DoubtsAClockThatIsFarAheadOfTheNewestRecordAtTheStart) {
  const WallTime newest = test::at(1'790'000'000'000'000);
  ManualClock clock{newest + 24h * 1000};
  RetentionClock known{clock, newest};
  EXPECT_EQ(known.now(), newest);
  RetentionClock fresh{clock, std::nullopt};
  EXPECT_EQ(fresh.now(), clock.wall()) << "nothing is there that could be lost";
}

}  // namespace
}  // namespace sinkfeed
