// A backup is a store: all that was there when it was asked for, each record once, whatever goes on meanwhile.
#include "store/backup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "store/history.hpp"
#include "tests/store/fixture.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;
using ledger_test::Folder;

class Backup : public testing::Test {
 protected:
  // All numbers that the history of a store holds, each as often as it is there.
  static std::multiset<std::int64_t> numbers_in(const std::filesystem::path& store) {
    Health health;
    const SystemClock clock;
    const auto database = Database::open(store / "db", Database::Mode::read_write).value();
    const auto history =
        History::open(*database, Database::Mode::read_write, store / "rings", 1, Settings::History{}, clock, health)
            .value();
    HistoryFilter all;
    all.limit = 0;
    std::multiset<std::int64_t> numbers;
    const auto read = history->search(all, [&](const QueryRecord& record) {
      EXPECT_EQ(record.kind, QueryRecord::Kind::query) << "nothing is missing";
      numbers.insert(record.time.time_since_epoch().count());
      return true;
    });
    EXPECT_TRUE(read);
    return numbers;
  }
  Folder folder;
};

TEST_F(Backup, HoldsEachRecordOnceThoughTheyComeMeanwhile) {
  const SystemClock clock;
  Health health;
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  const auto history = History::open(*database, Database::Mode::read_write, folder.path() / "rings", 1,
                                     Settings::History{}, clock, health)
                           .value();
  std::atomic<int> pushed{0};
  std::atomic<bool> enough{false};
  std::jthread worker([&] {
    // More than a block, and no more than the ring holds, however slow its reader is.
    while (!enough && pushed < 120'000) {
      for (int i = 0; i < 200; ++i) {
        ASSERT_TRUE(history->ring(0).push(test::entry_of(test::numbered(pushed))));
        ++pushed;
      }
      std::this_thread::sleep_for(1ms);
    }
  });
  std::vector<std::pair<int, std::filesystem::path>> backups;
  for (int round = 0; round < 4; ++round) {
    std::this_thread::sleep_for(300ms);  // more than a block has come
    const int before = pushed;
    const auto made = back_up(folder.path(), *database, ledger_test::at(round));
    ASSERT_TRUE(made) << made.error().what;
    backups.emplace_back(before, *made);
  }
  enough = true;
  worker.join();
  for (const auto& [before, path] : backups) {
    const auto numbers = numbers_in(path);
    EXPECT_GE(numbers.size(), static_cast<std::size_t>(before));
    std::int64_t expected = test::numbered(0).time.time_since_epoch().count();
    for (const std::int64_t number : numbers) ASSERT_EQ(number, expected++) << "each once, up to the last";
  }
}

TEST_F(Backup, HoldsTheLedgerAndItsGeneration) {
  std::filesystem::path made;
  std::uint64_t generation = 0;
  {
    const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
    Health health;
    Counters counters;
    ManualClock clock{ledger_test::at(0)};
    const auto ledger = Ledger::open(*database, Database::Mode::read_write, ledger_test::catalogue(),
                                     ledger_test::no_guards(), clock, health, counters)
                            .value();
    ledger->observe({ledger_test::seen("74.125.140.125")}, {});
    ASSERT_TRUE(ledger->settle(10s));
    generation = ledger->current()->number;
    std::filesystem::create_directories(folder.path() / "rings");
    made = back_up(folder.path(), *database, ledger_test::at(0)).value();
    ledger->observe({ledger_test::seen("74.125.140.126")}, {});
    ASSERT_TRUE(ledger->settle(10s));
  }
  std::filesystem::remove_all(folder.path() / "db");
  std::filesystem::rename(made / "db", folder.path() / "db");
  ledger_test::OpenLedger again(folder);
  EXPECT_EQ(again->current()->number, generation);
  EXPECT_THAT(again.published(), testing::UnorderedElementsAre("216.239.37.125", "74.125.140.125"));
}

TEST_F(Backup, LeavesNothingHalfMadeAndNotTooMany) {
  const auto database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  const auto no_rings = back_up(folder.path(), *database, ledger_test::at(0));
  ASSERT_FALSE(no_rings);
  EXPECT_THAT(no_rings.error().what, testing::HasSubstr("history rings"));
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "backups"));
  std::filesystem::create_directories(folder.path() / "rings");
  std::filesystem::create_directories(folder.path() / "backups/.being-made/db");  // of one that was killed
  for (int i = 0; i < kMostBackups; ++i) ASSERT_TRUE(back_up(folder.path(), *database, ledger_test::at(i)));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "backups/.being-made"));
  const auto more = back_up(folder.path(), *database, ledger_test::at(99));
  ASSERT_FALSE(more);
  EXPECT_THAT(more.error().what, testing::HasSubstr("take away"));
}

}  // namespace
}  // namespace sinkfeed
