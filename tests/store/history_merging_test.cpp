// Blocks of quiet times become one, and nobody sees it: not searches, followers, the chain of evidence, retention.
#include <gtest/gtest.h>

#include <thread>

#include "store/history.hpp"
#include "store/history_block.hpp"
#include "store/history_follow.hpp"
#include "store/history_verify.hpp"
#include "store/keys.hpp"
#include "store/node_key.hpp"
#include "store/records.pb.h"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

class HistoryMergingTest : public testing::Test {
 protected:
  void open() {
    close();
    database = Database::open(folder / "db", Database::Mode::read_write).value();
    key.emplace(NodeKey::open(*database, Database::Mode::read_write).value());
    history =
        History::open(*database, Database::Mode::read_write, folder / "rings", 1, settings, clock, health).value();
  }
  void close() {
    history.reset();
    database.reset();
  }
  // So many blocks of two queries, a minute long each.
  void write_blocks(int count) {
    for (int i = 0; i < count; ++i) {
      open();
      for (int row = 0; row < 2; ++row) push();
    }
    close();
  }
  // One that is too large to be put together with others, so what comes before it is.
  void write_large() {
    for (std::size_t row = 0; row <= kBlockRows / 2; ++row) push(1ms);
  }
  void push(std::chrono::milliseconds after = 30s) {
    clock.advance(after);
    ASSERT_TRUE(
        history->ring(0).push(test::entry_of(test::numbered(++pushed, clock.wall().time_since_epoch().count()))));
  }
  std::vector<std::uint64_t> numbers() {
    std::vector<std::uint64_t> found;
    HistoryFilter all;
    all.limit = 0;
    all.newest_first = false;
    const auto searched = history->search(all, [&](const QueryRecord& record) {
      found.push_back(test::number_of(record));
      return true;
    });
    EXPECT_TRUE(searched) << searched.error().what;
    return found;
  }
  std::vector<std::uint64_t> all_numbers() const {
    std::vector<std::uint64_t> all(pushed);
    for (std::uint64_t i = 0; i < pushed; ++i) all[i] = i + 1;
    return all;
  }
  bool becomes(std::size_t blocks) {
    for (int i = 0; i < 1000 && history->totals().blocks != blocks; ++i) {
      std::this_thread::sleep_for(10ms);
      clock.advance(1s);  // what was drained is due some time
    }
    return history->totals().blocks == blocks;
  }
  std::size_t stored() {
    std::size_t count = 0;
    EXPECT_TRUE(database->scan(Column::history, "", "", [&](std::string_view, std::string_view) { return ++count; }));
    return count;
  }
  bool stores(std::size_t blocks) {
    for (int i = 0; i < 1000 && stored() != blocks; ++i) std::this_thread::sleep_for(10ms);
    return stored() == blocks;
  }
  std::string verified() {
    VerifyStep step;
    for (;;) {
      const auto result = verify_history(*database, *key, step).value();
      if (result.cursor.empty()) return result.finding;
      step.cursor = result.cursor;
    }
  }

  test::Folder folder;
  ManualClock clock{test::at(1'790'000'000'000'000)};
  Health health;
  Settings::History settings;
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
  std::optional<NodeKey> key;
  std::uint64_t pushed = 0;
};

TEST_F(HistoryMergingTest, BlocksOfAnHourBecomeOneAndAllIsFound) {
  write_blocks(60);
  open();
  ASSERT_TRUE(becomes(1));
  EXPECT_TRUE(stores(1)) << "the small ones are deleted";
  EXPECT_EQ(numbers(), all_numbers());
  EXPECT_EQ(verified(), "");
  // And again: the one that has come of them is a neighbour like others.
  write_blocks(59);
  open();
  ASSERT_TRUE(becomes(1));
  EXPECT_EQ(numbers(), all_numbers());
  EXPECT_EQ(verified(), "");
  const auto link = database->get(Column::chain, keys::chain(119)).value();
  EXPECT_TRUE(link.has_value()) << "each has a link of its own still";
}

TEST_F(HistoryMergingTest, ASearchThatHasBegunReadsOnInTheSmallOnes) {
  write_blocks(8);
  open();
  std::size_t found = 0;
  HistoryFilter all;
  all.limit = 0;
  const auto searched = history->search(all, [&](const QueryRecord&) {
    if (++found > 1) return true;
    write_large();
    EXPECT_TRUE(becomes(2));
    EXPECT_EQ(stored(), 10U) << "whoever reads them has them";
    return true;
  });
  ASSERT_TRUE(searched) << searched.error().what;
  EXPECT_EQ(found, 2U * 8);
  EXPECT_EQ(numbers(), all_numbers());
  EXPECT_TRUE(stores(2));
}

TEST_F(HistoryMergingTest, AFollowerGoesOnInTheMiddleOfTheOneThatHasCome) {
  write_blocks(8);
  open();
  HistoryFollower follower(*history, HistoryPosition{});
  std::vector<std::uint64_t> seen;
  const auto read = [&](std::size_t most) {
    EXPECT_TRUE(follower.read(most, [&](const QueryRecord& record) { seen.push_back(test::number_of(record)); }));
  };
  while (seen.size() < 5) read(5 - seen.size());
  write_large();
  ASSERT_TRUE(becomes(2));
  while (seen.size() < pushed) read(1000);
  EXPECT_EQ(seen, all_numbers());
  EXPECT_EQ(follower.take_missed(), 0U);
}

TEST_F(HistoryMergingTest, AKillBetweenMergingAndDeletingLeavesNothing) {
  open();
  push();
  // As if it had come before the deletion.
  const std::string left = keys::history(1'790'000'000'000'000, 9);
  records::ReplacedHistory replaced;
  replaced.add_key(left);
  Database::Batch batch;
  batch.put(Column::history, left, "bytes");
  batch.put(Column::meta, std::string(keys::kReplaced), replaced.SerializeAsString());
  ASSERT_TRUE(database->write(batch));
  EXPECT_EQ(verified(), "") << "it is known what it is";
  open();
  EXPECT_FALSE(database->get(Column::history, left).value().has_value());
  EXPECT_EQ(verified(), "");
}

TEST_F(HistoryMergingTest, ADamagedBlockStaysAsItIs) {
  write_blocks(2);
  database = Database::open(folder / "db", Database::Mode::read_write).value();
  std::string damaged;
  ASSERT_TRUE(database->scan(Column::history, "", "", [&](std::string_view name, std::string_view value) {
    damaged = name;
    Database::Batch batch;
    batch.put(Column::history, damaged, std::string(value) + "x");
    EXPECT_TRUE(database->write(batch));
    return false;
  }));
  write_blocks(8);
  open();
  write_large();
  EXPECT_TRUE(becomes(3)) << "the damaged one, those after it, the large one";
  EXPECT_NE(verified(), "");
}

}  // namespace
}  // namespace sinkfeed
