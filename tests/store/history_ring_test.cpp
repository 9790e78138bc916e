// The ring: nothing pushed is lost but what is counted, nothing is read twice, and damage is noticed.
#include "store/history_ring.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <fstream>
#include <thread>

#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using test::Folder;
using test::numbered;
using test::Random;

constexpr std::uint64_t kSmall = 64 << 10;
constexpr std::size_t kHeader = 4096;

std::unique_ptr<HistoryRing> open(const std::filesystem::path& file) { return HistoryRing::open(file, kSmall).value(); }

std::vector<QueryRecord> read_all(HistoryRing& ring, std::uint64_t from) {
  HistoryColumns columns;
  ring.read(from, 1'000'000, columns);
  return columns.records();
}

void flip(const std::filesystem::path& file, std::size_t offset) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  char byte = 0;
  ASSERT_EQ(pread(fd, &byte, 1, static_cast<off_t>(offset)), 1);
  byte = static_cast<char>(byte ^ 0x10);
  ASSERT_EQ(pwrite(fd, &byte, 1, static_cast<off_t>(offset)), 1);
  close(fd);
}

TEST(HistoryRing, GivesBackWhatWasPushedOverManyLaps) {
  const Folder folder;
  const auto ring = open(folder / "r.ring");
  Random random{1};
  std::deque<std::string> expected;
  std::uint64_t position = 0;
  for (int i = 0; i < 20000; ++i) {
    auto record = test::random_record(random);
    if (record.kind == QueryRecord::Kind::gap) continue;
    ASSERT_TRUE(ring->push(test::entry_of(record)));
    expected.push_back(test::everything(record));
    if (test::below(random, 20) != 0) continue;
    HistoryColumns columns;
    position = ring->read(position, test::below(random, 50), columns);
    const auto records = columns.records();
    ring->release(position);
    for (const auto& r : records) {
      ASSERT_EQ(test::everything(r), expected.front());
      expected.pop_front();
    }
    if (ring->written() - position > kSmall / 2) {
      for (const auto& r : read_all(*ring, position)) {
        ASSERT_EQ(test::everything(r), expected.front());
        expected.pop_front();
      }
      position = ring->written();
      ring->release(position);
    }
  }
  EXPECT_GT(ring->written(), 20 * kSmall);
  EXPECT_EQ(ring->lost(), 0U);
}

TEST(HistoryRing, CutsWhatIsTooLong) {
  const Folder folder;
  const auto ring = open(folder / "r.ring");
  auto record = numbered(1);
  record.rule = std::string(300, 'r');
  for (int i = 0; i < 20; ++i) PackedAnswers::append(record.answers, 16, std::string(255, 'x'));
  ASSERT_TRUE(ring->push(test::entry_of(record)));
  const auto records = read_all(*ring, 0);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].rule.size(), 255U);
  EXPECT_EQ(records[0].answers.size(), 4096U / 258 * 258);  // whole answers only
}

TEST(HistoryRing, CountsWhatDoesNotFitAndTellsOfItInPlace) {
  const Folder folder;
  const auto ring = open(folder / "r.ring");
  std::uint64_t next = 0, kept = 0, lost = 0;
  while (ring->push(test::entry_of(numbered(next)))) ++next, ++kept;
  const std::uint64_t first_lost = next;
  ++lost, ++next;
  for (; lost < 7; ++next) lost += ring->push(test::entry_of(numbered(next))) ? 0 : 1;
  EXPECT_EQ(ring->lost(), 7U);
  HistoryColumns columns;
  const auto position = ring->read(0, 1'000'000, columns);
  ASSERT_EQ(columns.rows(), kept);
  const auto now = ring->loss_after(position);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->gap_count, 7U);
  ring->release(position);
  ASSERT_TRUE(ring->push(test::entry_of(numbered(next))));
  const auto records = read_all(*ring, position);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].kind, QueryRecord::Kind::gap);
  EXPECT_EQ(records[0].gap_count, 7U);
  EXPECT_EQ(records[0].time, numbered(first_lost).time);
  EXPECT_EQ(test::number_of(records[1]), next);
  EXPECT_EQ(ring->loss_after(ring->written()), std::nullopt);
}

TEST(HistoryRing, IsFoundAsItWasLeft) {
  const Folder folder;
  std::string id;
  {
    const auto ring = open(folder / "r.ring");
    id = ring->id();
    for (std::uint64_t i = 0; i < 10; ++i) ring->push(test::entry_of(numbered(i)));
    HistoryColumns columns;
    ring->release(ring->read(0, 4, columns));
  }
  const auto ring = open(folder / "r.ring");
  EXPECT_EQ(ring->id(), id);
  const auto read_only = HistoryRing::open_read_only(folder / "r.ring").value();
  for (HistoryRing* const each : {ring.get(), read_only.get()}) {
    const auto records = read_all(*each, each->released());
    ASSERT_EQ(records.size(), 6U);
    EXPECT_EQ(test::number_of(records[0]), 4U);
  }
  EXPECT_NE(open(folder / "other.ring")->id(), id);
}

TEST(HistoryRing, TellsOfALossOnceAfterARestart) {
  const Folder folder;
  {
    const auto ring = open(folder / "r.ring");
    while (ring->push(test::entry_of(numbered(0)))) continue;
  }
  std::uint64_t told = 0;
  for (int start = 0; start < 3; ++start) {
    const auto ring = open(folder / "r.ring");
    EXPECT_EQ(ring->lost(), 0U) << "since the start";
    HistoryColumns columns;
    ring->release(ring->read(ring->released(), 1'000'000, columns));
    for (const auto& r : columns.records()) told += r.gap_count;
    EXPECT_TRUE(ring->record_loss());
  }
  EXPECT_EQ(told, 1U);
}

TEST(HistoryRing, NoticesDamageAndCountsWhatFollows) {
  for (const std::size_t damaged : {0U, 3U, 9U}) {
    const Folder folder;
    std::uint64_t record_bytes = 0;
    {
      const auto ring = open(folder / "r.ring");
      for (std::uint64_t i = 0; i < 10; ++i) ring->push(test::entry_of(numbered(i)));
      record_bytes = ring->written() / 10;
    }
    flip(folder / "r.ring", kHeader + damaged * record_bytes + 20);
    const auto ring = open(folder / "r.ring");
    HistoryColumns columns;
    EXPECT_EQ(ring->read(0, 100, columns), ring->written());
    const auto records = columns.records();
    ASSERT_EQ(records.size(), damaged + 1);
    EXPECT_EQ(records.back().kind, QueryRecord::Kind::gap);
    EXPECT_EQ(records.back().gap_count, 10 - damaged);
    ASSERT_TRUE(ring->push(test::entry_of(numbered(10))));
    EXPECT_EQ(read_all(*ring, ring->written() - record_bytes).size(), 1U) << "and goes on after it";
  }
}

TEST(HistoryRing, ReadsNoRecordOfAnEarlierLap) {
  const Folder folder;
  {
    const auto ring = open(folder / "r.ring");
    HistoryColumns columns;
    for (std::uint64_t i = 0; i < 3000; ++i) {
      ASSERT_TRUE(ring->push(test::entry_of(numbered(i + 100'000))));
      ring->release(ring->read(ring->released(), 10, columns));
    }
    ASSERT_GT(ring->written(), 3 * kSmall);
    // As after a power loss: the header is of now, but the data of some laps ago. Positions behind `written` by a lap
    // hold valid records of that lap.
    const std::uint64_t now = ring->written();
    HistoryColumns old;
    EXPECT_EQ(ring->read(now - 2 * kSmall, 1000, old), now);
    const auto records = old.records();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].kind, QueryRecord::Kind::gap);
  }
}

TEST(HistoryRing, GoesOnWhereTheStoreIsAhead) {
  const Folder folder;
  const auto ring = open(folder / "r.ring");
  for (std::uint64_t i = 0; i < 5; ++i) ring->push(test::entry_of(numbered(i)));
  const std::uint64_t ahead = ring->written() + 8 * 100;
  ring->resume_at(ahead);
  EXPECT_EQ(ring->released(), ahead);
  EXPECT_EQ(ring->written(), ahead);
  ASSERT_TRUE(ring->push(test::entry_of(numbered(5))));
  const auto records = read_all(*ring, ahead);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(test::number_of(records[0]), 5U);
}

// How much of a mapped file is not on disk yet, as the kernel counts it.
std::size_t dirty_bytes(const std::filesystem::path& file) {
  std::ifstream maps("/proc/self/smaps");
  std::size_t kilobytes = 0;
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) here = line.ends_with(file.string());
    if (here && (line.starts_with("Private_Dirty:") || line.starts_with("Shared_Dirty:")))
      kilobytes += std::stoul(line.substr(line.find(':') + 1));
  }
  return 1024 * kilobytes;
}

TEST(HistoryRing, BringsToDiskWhatWasPushedBeforeAPosition) {
  const Folder folder("/var/tmp");  // on a disk, where /tmp may be memory
  const auto ring = open(folder / "r.ring");
  const auto push = [&] {
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(ring->push(test::entry_of(numbered(i))));
  };
  push();
  const std::uint64_t half = ring->written();
  push();
  ASSERT_GE(dirty_bytes(folder / "r.ring"), ring->written() - half);
  ASSERT_TRUE(ring->sync(half));
  EXPECT_NEAR(static_cast<double>(dirty_bytes(folder / "r.ring")), static_cast<double>(ring->written() - half), 4096);
  ASSERT_TRUE(ring->sync(ring->written()));
  EXPECT_EQ(dirty_bytes(folder / "r.ring"), 0u);
  push();
  ring->release(read_all(*ring, 0).empty() ? 0 : ring->written());
  const std::size_t in_blocks = dirty_bytes(folder / "r.ring");
  ASSERT_TRUE(ring->sync(ring->written()));
  EXPECT_EQ(dirty_bytes(folder / "r.ring"), in_blocks) << "what is in a block need not be on disk twice";
}

TEST(HistoryRing, RefusesWhatIsNoRing) {
  const Folder folder;
  open(folder / "r.ring");
  flip(folder / "r.ring", 17);
  const auto damaged = HistoryRing::open(folder / "r.ring", kSmall);
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().what.find("r.ring is damaged"), std::string::npos) << damaged.error().what;
  EXPECT_FALSE(HistoryRing::open_read_only(folder / "absent.ring"));
  EXPECT_FALSE(HistoryRing::open(folder / "odd.ring", 100'000));
  std::filesystem::resize_file(folder / "r.ring", 5000);
  EXPECT_FALSE(HistoryRing::open_read_only(folder / "r.ring"));
}

TEST(HistoryRing, SaysWhichFileHasNoRoom) {
  const Folder folder;
  std::filesystem::create_directory(folder / "small");
  if (mount("tmpfs", (folder / "small").c_str(), "tmpfs", 0, "size=1m") != 0) GTEST_FAIL() << "mounting needs root";
  const auto ring = HistoryRing::open(folder / "small" / "r.ring", 4 << 20);
  ASSERT_FALSE(ring);
  EXPECT_NE(ring.error().what.find("small/r.ring"), std::string::npos) << ring.error().what;
  EXPECT_TRUE(std::filesystem::is_empty(folder / "small"));
  umount((folder / "small").c_str());
}

TEST(HistoryRing, IsReadWhileItIsWritten) {
  const Folder folder;
  const auto ring = open(folder / "r.ring");
  constexpr std::uint64_t kPushes = 300'000;
  std::uint64_t pushed = 0;
  std::atomic<bool> done{false};
  std::thread worker{[&] {
    for (std::uint64_t i = 0; i < kPushes; ++i) pushed += ring->push(test::entry_of(numbered(i % 1000))) ? 1 : 0;
    done = true;
  }};
  std::uint64_t position = 0, read = 0, gaps = 0;
  std::vector<QueryRecord> records;
  const auto take = [&] {
    HistoryColumns columns;
    position = ring->read(position, 100, columns);
    ring->release(position);
    records = columns.records();
    for (const auto& r : records) (r.kind == QueryRecord::Kind::gap ? gaps += r.gap_count : ++read);
  };
  while (!done) take();
  worker.join();
  do take();
  while (!records.empty());
  EXPECT_TRUE(ring->record_loss()) << "there is room now";
  do take();
  while (!records.empty());
  EXPECT_EQ(read, pushed);
  EXPECT_EQ(gaps, kPushes - pushed);
}

}  // namespace
}  // namespace sinkfeed
