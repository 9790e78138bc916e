// The history as a whole: found at once, found after restarts, in order, bounded in age and size, honest about damage.
#include "store/history.hpp"

#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "store/history_catalogue.hpp"
#include "store/keys.hpp"
#include "store/sha256.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using test::Folder;
using test::numbered;
using test::Random;
using namespace std::chrono_literals;

class HistoryTest : public testing::Test {
 protected:
  static constexpr std::int64_t kStart = 1'790'000'000'000'000;

  void open(int workers = 1, Database::Mode mode = Database::Mode::read_write) {
    close();
    auto opened = Database::open(folder / "db", mode);
    ASSERT_TRUE(opened) << opened.error().what;
    database = std::move(*opened);
    auto made = History::open(*database, mode, folder / "rings", workers, settings, clock, health);
    ASSERT_TRUE(made) << made.error().what;
    history = std::move(*made);
  }
  void close() {
    history.reset();
    database.reset();
  }
  void push(const QueryRecord& record, int worker = 0) {
    ASSERT_TRUE(history->ring(worker).push(test::entry_of(record)));
  }
  std::vector<QueryRecord> search(HistoryFilter filter = {}) {
    std::vector<QueryRecord> found;
    const auto done = history->search(filter, [&](const QueryRecord& record) {
      found.push_back(record);
      return true;
    });
    outcome = done ? "" : done.error().what;
    return found;
  }
  static HistoryFilter all() {
    HistoryFilter filter;
    filter.limit = 0;
    filter.newest_first = false;
    return filter;
  }
  std::vector<BlockInfo> blocks() {
    std::vector<BlockInfo> blocks;
    for (const auto& block : BlockCatalogue::load(*database).value().within({}, {})) blocks.push_back(*block);
    return blocks;
  }
  // Until `done` or five seconds.
  template <class Done>
  static bool soon(const Done& done) {
    for (int i = 0; i < 500 && !done(); ++i) std::this_thread::sleep_for(10ms);
    return done();
  }

  Folder folder;
  ManualClock clock{test::at(kStart)};
  Health health;
  Settings::History settings;
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
  std::string outcome;
};

TEST_F(HistoryTest, FindsARecordTheMomentItIsPushed) {
  open();
  for (std::uint64_t i = 0; i < 500; ++i) {
    push(numbered(i));
    HistoryFilter filter;
    filter.name = test::dns("n" + std::to_string(i) + ".example");
    ASSERT_EQ(search(filter).size(), 1U) << i;
  }
  EXPECT_EQ(history->totals().records, 500U);
  EXPECT_EQ(history->totals().blocks, 0U);
}

TEST_F(HistoryTest, KeepsRecordsWholeThroughARestart) {
  Random random{1};
  std::map<std::string, int> expected;
  for (int start = 0; start < 3; ++start) {
    open(2);
    for (int i = 0; i < 300; ++i) {
      const auto record = test::random_record(random);
      if (record.kind == QueryRecord::Kind::gap) continue;
      push(record, i % 2);
      ++expected[test::everything(record)];
    }
  }
  for (const auto mode : {Database::Mode::read_write, Database::Mode::read_only}) {
    open(mode == Database::Mode::read_only ? 0 : 2, mode);
    std::map<std::string, int> found;
    for (const auto& record : search(all())) ++found[test::everything(record)];
    EXPECT_EQ(found, expected);
    EXPECT_EQ(history->totals().blocks, 3U);
    EXPECT_GT(history->totals().block_bytes, 0U);
  }
}

TEST_F(HistoryTest, WritesABlockWhenItIsAMinuteOld) {
  open();
  push(numbered(1));
  ASSERT_EQ(search().size(), 1U);
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(history->totals().blocks, 0U);
  clock.advance(61s);
  EXPECT_TRUE(soon([&] { return history->totals().blocks == 1; }));
  EXPECT_EQ(history->ring(0).released(), history->ring(0).written());
  EXPECT_EQ(search().size(), 1U);
}

TEST_F(HistoryTest, WritesABlockWhenARingIsHalfFull) {
  open();
  std::uint64_t pushed = 0;
  while (history->ring(0).written() <= history->ring(0).capacity() / 2) push(numbered(pushed++));
  EXPECT_TRUE(soon([&] { return history->totals().blocks >= 1; }));
  EXPECT_EQ(history->count(all()).value().queries, pushed);
}

TEST_F(HistoryTest, OrdersByTimeAcrossRingsBlocksAndWhatWaits) {
  Random random{2};
  std::vector<std::uint64_t> times;
  for (int start = 0; start < 4; ++start) {
    open(2);
    for (int i = 0; i < 200; ++i) {
      // Blocks overlap in time by far more than they would in life.
      times.push_back(static_cast<std::uint64_t>(start) * 500 + test::below(random, 1000));
      push(numbered(times.back()), i % 2);
    }
  }
  std::sort(times.begin(), times.end());
  auto filter = all();
  std::vector<std::uint64_t> found;
  for (const auto& record : search(filter)) found.push_back(test::number_of(record));
  EXPECT_EQ(found, times);
  filter.newest_first = true;
  found.clear();
  for (const auto& record : search(filter)) found.push_back(test::number_of(record));
  std::reverse(times.begin(), times.end());
  EXPECT_EQ(found, times);
  filter.limit = 7;
  EXPECT_EQ(search(filter).size(), 7U);
  EXPECT_EQ(test::number_of(search(filter).front()), times.front());
  EXPECT_EQ(history->count(filter).value().queries, 800U);
  filter.since = test::at(kStart + 700);
  filter.until = test::at(kStart + 900);
  filter.limit = 0;
  const auto within = search(filter);
  EXPECT_EQ(within.size(), static_cast<std::size_t>(
                               std::count_if(times.begin(), times.end(), [](auto t) { return t >= 700 && t < 900; })));
  EXPECT_EQ(history->count(filter).value().queries, within.size());
}

TEST_F(HistoryTest, StopsWhenTheCallerHasEnough) {
  open();
  for (std::uint64_t i = 0; i < 10; ++i) push(numbered(i));
  int calls = 0;
  ASSERT_TRUE(history->search(all(), [&](const QueryRecord&) { return ++calls < 3; }));
  EXPECT_EQ(calls, 3);
}

TEST_F(HistoryTest, StopsWhenItIsToldTo) {
  for (std::uint64_t start = 0; start < 3; ++start) {
    open();
    push(numbered(2 * start));
    push(numbered(2 * start + 1));
  }
  open();
  std::stop_source source;
  auto filter = all();
  filter.stop = source.get_token();
  EXPECT_EQ(history->count(filter).value().queries, 6U);
  std::vector<std::uint64_t> found;
  const auto searched = history->search(filter, [&](const QueryRecord& record) {
    found.push_back(test::number_of(record));
    return found.size() < 3 || source.request_stop();
  });
  EXPECT_EQ(found, (std::vector<std::uint64_t>{0, 1, 2}));
  ASSERT_FALSE(searched) << "what was found so far is not all there is";
  EXPECT_NE(searched.error().what.find("stopped"), std::string::npos) << searched.error().what;
  EXPECT_TRUE(search(filter).empty());
  EXPECT_FALSE(history->count(filter));
}

TEST_F(HistoryTest, KeepsBlocksOfTheSameMomentApartAndInAChain) {
  for (int start = 0; start < 3; ++start) {
    open();
    push(numbered(5));
  }
  open();
  EXPECT_EQ(search(all()).size(), 3U);
  const auto chain = blocks();
  ASSERT_EQ(chain.size(), 3U);
  for (std::uint64_t i = 0; i < chain.size(); i++) {
    const auto& block = chain[i];
    EXPECT_EQ(block.links, std::vector<std::uint64_t>{i + 1});
    EXPECT_EQ(sha256_of(database->get(Column::history, block.key).value().value()), block.sha256);
  }
}

TEST_F(HistoryTest, DropsWhatIsOlderThanRetention) {
  settings.retention = 1h;
  for (int start = 0; start < 3; ++start) {
    open();
    push(numbered(static_cast<std::uint64_t>(start), clock.wall().time_since_epoch().count()));
    close();
    clock.advance(40min);
  }
  open();  // blocks are now 120, 80 and 40 minutes old
  EXPECT_EQ(history->totals().blocks, 1U);
  EXPECT_EQ(search(all()).size(), 1U);
  EXPECT_EQ(blocks().size(), 1U);
  clock.advance(30min);
  EXPECT_TRUE(soon([&] { return history->totals().blocks == 0; }));
  EXPECT_TRUE(soon([&] { return blocks().empty(); }));
  EXPECT_TRUE(search(all()).empty());
  EXPECT_EQ(outcome, "");
}

TEST_F(HistoryTest, DropsTheOldestBeyondItsSize) {
  for (int start = 0; start < 5; ++start) {
    open();
    push(numbered(static_cast<std::uint64_t>(start)));
  }
  open();
  settings.max_size = history->totals().block_bytes / 2;
  open();
  const auto left = search(all());
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(test::number_of(left[0]), 3U);
  EXPECT_LE(history->totals().block_bytes, settings.max_size);
}

TEST_F(HistoryTest, FindsTheRestAndSaysSoWhenABlockIsDamaged) {
  for (std::uint64_t start = 0; start < 3; ++start) {
    open();
    push(numbered(start));
  }
  open();
  const auto key = blocks()[1].key;
  auto value = database->get(Column::history, key).value().value();
  value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 1);
  Database::Batch batch;
  batch.put(Column::history, key, value);
  ASSERT_TRUE(database->write(batch));
  const auto found = search(all());
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(test::number_of(found[1]), 2U);
  EXPECT_NE(outcome.find("not whole"), std::string::npos) << outcome;
  EXPECT_FALSE(history->count(all()));
  Database::Batch removal;
  removal.remove(Column::history, key);
  ASSERT_TRUE(database->write(removal));
  EXPECT_EQ(search(all()).size(), 2U);
  EXPECT_NE(outcome.find("not in the store"), std::string::npos) << outcome;
}

TEST_F(HistoryTest, TakesOverTheRingsOfWorkersThatAreNoMore) {
  open(3);
  for (int worker = 0; worker < 3; ++worker) push(numbered(static_cast<std::uint64_t>(worker)), worker);
  // As a killed daemon leaves them: copies of the rings while it runs, put back after it stopped without its store.
  std::filesystem::create_directory(folder / "kept");
  ASSERT_EQ(search(all()).size(), 3U);
  std::filesystem::copy(folder / "rings", folder / "kept");
  close();
  std::filesystem::remove_all(folder / "db");
  std::filesystem::remove_all(folder / "rings");
  std::filesystem::rename(folder / "kept", folder / "rings");
  open(1);
  EXPECT_EQ(search(all()).size(), 3U);
  EXPECT_TRUE(soon([&] { return !std::filesystem::exists(folder / "rings" / "worker-2.ring"); }));
  EXPECT_FALSE(std::filesystem::exists(folder / "rings" / "worker-1.ring"));
  EXPECT_EQ(search(all()).size(), 3U);
  open(3);
  EXPECT_EQ(search(all()).size(), 3U);
}

TEST_F(HistoryTest, PutsARingAsideThatItCannotRead) {
  open();
  push(numbered(1));
  close();
  std::filesystem::resize_file(folder / "rings" / "worker-0.ring", 10'000);
  open();
  push(numbered(2));
  EXPECT_EQ(search(all()).size(), 2U);
  EXPECT_NE(outcome.find("worker-0.ring"), std::string::npos) << "what it held may be missing: " << outcome;
  EXPECT_FALSE(history->count(all()));
  EXPECT_TRUE(std::filesystem::exists(folder / "rings" / "worker-0.ring.damaged"));
}

TEST_F(HistoryTest, KeepsEveryRingThatItPutAside) {
  for (const std::uint64_t size : {10'000, 20'000, 30'000}) {
    open();
    close();
    std::filesystem::resize_file(folder / "rings" / "worker-0.ring", size);
  }
  open();
  EXPECT_EQ(std::filesystem::file_size(folder / "rings" / "worker-0.ring.damaged"), 10'000U);
  EXPECT_EQ(std::filesystem::file_size(folder / "rings" / "worker-0.ring.damaged-2"), 20'000U);
  EXPECT_EQ(std::filesystem::file_size(folder / "rings" / "worker-0.ring.damaged-3"), 30'000U);
}

TEST_F(HistoryTest, RecordsTheGapOfAFullRing) {
  open();
  std::uint64_t pushed = 0, lost = 0, number = 0;
  // The largest records there are, pushed far faster than the writer drains: at some moment the ring is full.
  std::string answers;
  for (int i = 0; i < 15; ++i) PackedAnswers::append(answers, 16, std::string(250, 'x'));
  for (; lost < 1000 && number < 1'000'000; ++number) {
    auto entry = numbered(number % 1000);
    entry.answers = answers;
    (history->ring(0).push(test::entry_of(entry)) ? ++pushed : ++lost);
  }
  ASSERT_EQ(lost, 1000U);
  EXPECT_EQ(history->totals().lost, lost);
  const auto gaps = [&] {
    std::uint64_t sum = 0;
    for (const auto& record : search(all())) sum += record.gap_count;
    return sum;
  };
  EXPECT_EQ(gaps(), lost);
  EXPECT_EQ(history->count(all()).value().queries, pushed);
  EXPECT_EQ(history->count(all()).value().lost, lost) << "an auditor must know that more may have matched";
  auto earlier = all();
  earlier.until = test::at(kStart);
  EXPECT_EQ(history->count(earlier).value().lost, 0U) << "outside the time";
  open();
  EXPECT_EQ(gaps(), lost) << "kept in a block";
  EXPECT_EQ(history->count(all()).value().queries, pushed);
  EXPECT_EQ(history->totals().lost, 0U) << "since the start";
}

TEST_F(HistoryTest, AWorkerThatIsAddedHasARing) {
  open(1);
  ASSERT_TRUE(history->open_ring(0)) << "there already";
  ASSERT_TRUE(history->open_ring(1));
  push(numbered(1), 0);
  push(numbered(2), 1);
  EXPECT_EQ(search(all()).size(), 2u);
  open(2);
  EXPECT_EQ(search(all()).size(), 2u);
}

TEST_F(HistoryTest, ARingThatWasLeftBehindIsUsedAgainOrMadeAnew) {
  open(2);
  push(numbered(1), 1);
  open(1);
  ASSERT_TRUE(history->open_ring(1)) << "whether it is drained yet or not";
  push(numbered(2), 1);
  EXPECT_EQ(search(all()).size(), 2u);
  open(2);
  push(numbered(3), 1);
  EXPECT_EQ(search(all()).size(), 3u);
}

TEST_F(HistoryTest, AnotherRetentionHoldsFromNowOn) {
  settings.retention = std::chrono::hours(24 * 90);
  open();
  push(numbered(1));
  open();
  ASSERT_EQ(blocks().size(), 1u);
  clock.advance(std::chrono::hours(24 * 2));
  settings.retention = std::chrono::hours(24);
  history->keep(settings);
  EXPECT_TRUE(soon([&] { return search(all()).empty(); }));
}

}  // namespace
}  // namespace sinkfeed
