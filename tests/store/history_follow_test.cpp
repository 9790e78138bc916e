// Who follows the history gets every record once and in order: as it comes, across blocks, restarts, retention, damage.
#include "store/history_follow.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "store/history_catalogue.hpp"
#include "store/keys.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using test::Folder;
using test::numbered;
using namespace std::chrono_literals;

class HistoryFollowTest : public testing::Test {
 protected:
  void open() {
    close();
    database = Database::open(folder / "db", Database::Mode::read_write).value();
    history =
        History::open(*database, Database::Mode::read_write, folder / "rings", 1, settings, clock, health).value();
  }
  void close() {
    history.reset();
    database.reset();
  }
  // Records with these numbers, one block of their own.
  void block(std::uint64_t from, std::uint64_t to) {
    open();
    push(from, to);
    close();
  }
  void push(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t number = from; number < to; ++number)
      ASSERT_TRUE(history->ring(0).push(test::entry_of(numbered(number))));
    const std::uint64_t records = history->totals().records;
    history->search({}, [](const QueryRecord&) { return true; }).value();  // drains
    ASSERT_GE(history->totals().records, records);
  }
  std::vector<std::uint64_t> read(HistoryFollower& follower, std::size_t most = 1'000'000) {
    std::vector<std::uint64_t> numbers;
    const auto done = follower.read(most, [&](const QueryRecord& r) { numbers.push_back(test::number_of(r)); });
    EXPECT_TRUE(done);
    return numbers;
  }
  static std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> numbers;
    for (; from < to; ++from) numbers.push_back(from);
    return numbers;
  }
  std::vector<BlockInfo> blocks() {
    std::vector<BlockInfo> blocks;
    for (const auto& block : BlockCatalogue::load(*database).value().within({}, {})) blocks.push_back(*block);
    return blocks;
  }
  void drop(const std::string& key) {
    Database::Batch batch;
    batch.remove(Column::history, key);
    batch.remove(Column::history_index, key);
    database->write(batch).value();
  }

  Folder folder;
  ManualClock clock{test::at(1'790'000'000'000'000)};
  Health health;
  Settings::History settings;
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
};

TEST_F(HistoryFollowTest, GetsEachRecordOnceWhetherItIsInABlockOrNot) {
  open();
  HistoryFollower follower{*history, {}};
  EXPECT_TRUE(read(follower).empty());
  push(0, 10);
  EXPECT_EQ(read(follower, 4), range(0, 4));
  EXPECT_EQ(read(follower), range(4, 10));
  push(10, 20);
  EXPECT_EQ(read(follower, 3), range(10, 13));
  clock.advance(2min);
  for (int i = 0; i < 500 && history->totals().blocks == 0; ++i) std::this_thread::sleep_for(10ms);
  ASSERT_EQ(history->totals().blocks, 1U);
  push(20, 25);
  EXPECT_EQ(read(follower), range(13, 25)) << "from the middle of what is a block now into what is none";
  EXPECT_TRUE(read(follower).empty());
  EXPECT_EQ(follower.position(), HistoryFollower::end(*history));
  EXPECT_GT(follower.position(), HistoryFollower::settled(*history));
  EXPECT_EQ(follower.take_missed(), 0U);
}

TEST_F(HistoryFollowTest, APositionHoldsOverARestart) {
  open();
  push(0, 10);
  HistoryFollower follower{*history, {}};
  EXPECT_EQ(read(follower, 7), range(0, 7));
  const HistoryPosition position = follower.position();
  block(10, 15);
  open();
  HistoryFollower again{*history, position};
  EXPECT_EQ(read(again, 5), range(7, 12)) << "over the end of a block";
  EXPECT_EQ(read(again), range(12, 15));
}

TEST_F(HistoryFollowTest, CountsWhatRetentionTookBeforeItWasRead) {
  block(0, 10);
  block(10, 14);
  block(14, 20);
  open();
  HistoryFollower follower{*history, {}};
  EXPECT_EQ(read(follower, 3), range(0, 3));
  const HistoryPosition position = follower.position();
  const auto all = blocks();
  drop(all[0].key);
  drop(all[1].key);
  open();
  HistoryFollower again{*history, position};
  EXPECT_TRUE(read(again).empty()) << "the gap is told of first";
  EXPECT_EQ(again.take_missed(), 11U);
  EXPECT_EQ(read(again), range(14, 20));
  HistoryFollower from_the_first{*history, {}};
  EXPECT_EQ(read(from_the_first), range(14, 20)) << "who begins with the first there is has missed nothing";
}

TEST_F(HistoryFollowTest, NoNumberIsGivenTwiceWhenAllBlocksAreGone) {
  block(0, 10);
  open();
  HistoryFollower follower{*history, {}};
  EXPECT_EQ(read(follower), range(0, 10));
  const HistoryPosition position = follower.position();
  drop(blocks()[0].key);
  open();
  push(10, 12);
  HistoryFollower again{*history, position};
  EXPECT_EQ(read(again), range(10, 12));
  EXPECT_EQ(again.take_missed(), 0U);
}

TEST_F(HistoryFollowTest, BlocksOfAnOlderStoreGetNumbersThatStay) {
  for (std::uint64_t start = 0; start < 30; start += 10) block(start, start + 10);
  open();
  Database::Batch batch;  // as a store was before records had numbers
  for (const BlockInfo& one : blocks()) {
    BlockInfo older = one;
    older.first_record = 0;
    batch.put(Column::history_index, one.key, encode_index(older));
  }
  batch.remove(Column::meta, std::string{keys::kNextRecord});
  database->write(batch).value();
  block(30, 40);
  open();
  HistoryFollower follower{*history, {}};
  EXPECT_EQ(read(follower, 25), range(0, 25));
  const HistoryPosition position = follower.position();
  drop(blocks()[0].key);
  open();
  HistoryFollower again{*history, position};
  EXPECT_EQ(read(again), range(25, 40));
  EXPECT_EQ(again.take_missed(), 0U);
}

TEST_F(HistoryFollowTest, ADamagedBlockIsMissedAndTheRestComes) {
  for (std::uint64_t start = 0; start < 30; start += 10) block(start, start + 10);
  open();
  const std::string key = blocks()[1].key;
  std::string value = database->get(Column::history, key).value().value();
  value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
  Database::Batch batch;
  batch.put(Column::history, key, value);
  database->write(batch).value();
  HistoryFollower follower{*history, {}};
  EXPECT_EQ(read(follower), range(0, 10));
  EXPECT_EQ(follower.take_missed(), 10U);
  EXPECT_EQ(read(follower), range(20, 30));
}

TEST_F(HistoryFollowTest, APositionThatARestoredStoreDoesNotKnowGoesBackToItsEnd) {
  block(0, 10);
  open();
  HistoryFollower follower{*history, {5000}};
  EXPECT_TRUE(read(follower).empty());
  push(10, 12);
  EXPECT_EQ(read(follower), range(10, 12));
}

}  // namespace
}  // namespace sinkfeed
