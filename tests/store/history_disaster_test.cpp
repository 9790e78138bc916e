// The history under kill -9 and on a full disk.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>
#include <unordered_map>

#include "store/history.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using test::Folder;
using test::numbered;
using namespace std::chrono_literals;

struct Opened {
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
};

Opened open_at(const std::filesystem::path& path, int workers, const Clock& clock, Health& health) {
  Opened opened;
  opened.database = Database::open(path / "db", Database::Mode::read_write).value();
  opened.history =
      History::open(*opened.database, Database::Mode::read_write, path / "rings", workers, {}, clock, health).value();
  return opened;
}

std::vector<QueryRecord> everything_since(const History& history, WallTime since) {
  HistoryFilter filter;
  filter.since = since;
  filter.limit = 0;
  std::vector<QueryRecord> found;
  const auto done = history.search(filter, [&](const QueryRecord& record) {
    found.push_back(record);
    return true;
  });
  EXPECT_TRUE(done) << done.error().what;
  return found;
}

// The killed program: two workers push numbered records and report each number that was taken, until they are killed.
// Runs as a program of its own, for RocksDB's threads do not survive a fork.
void push_forever(const char* folder, const char* first) {
  const SystemClock clock;
  Health health;
  const auto opened = open_at(folder, 2, clock, health);
  std::vector<std::thread> workers;
  for (int worker = 0; worker < 2; ++worker) {
    workers.emplace_back([&, worker] {
      for (std::uint64_t number = std::stoull(first) + static_cast<std::uint64_t>(worker);; number += 2) {
        auto record = numbered(number);
        record.time = clock.wall();
        if (!opened.history->ring(worker).push(test::entry_of(record))) continue;
        if (write(STDOUT_FILENO, &number, sizeof number) != sizeof number) return;
      }
    });
  }
  for (auto& worker : workers) worker.join();
}

// Makes this program the killed one when it is started with a folder in its environment.
class KilledProgram : public testing::Environment {
 public:
  void SetUp() override {
    const char* const folder = std::getenv("SINKFEED_KILL_FOLDER");
    const char* const first = std::getenv("SINKFEED_KILL_FIRST");
    if (folder == nullptr || first == nullptr) return;
    push_forever(folder, first);
    _exit(0);
  }
};
[[maybe_unused]] testing::Environment* const killed_program = testing::AddGlobalTestEnvironment(new KilledProgram);

// The numbers that a child pushed before it was killed `after` its first.
std::vector<std::uint64_t> push_until_killed(const std::filesystem::path& folder, std::uint64_t first,
                                             std::chrono::milliseconds after) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    setenv("SINKFEED_KILL_FOLDER", folder.c_str(), 1);
    setenv("SINKFEED_KILL_FIRST", std::to_string(first).c_str(), 1);
    // Its test framework's own lines must not mix with the numbers: brief output prints nothing of a running test.
    execl("/proc/self/exe", "store_tests", "--gtest_filter=HistoryKill.*", "--gtest_brief=1", nullptr);
    _exit(127);
  }
  close(ends[1]);
  std::string told;
  char buffer[65536];
  auto deadline = std::chrono::steady_clock::now() + 20s;
  bool started = false, killed = false;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (!killed && left <= 0ms) {
      kill(child, SIGKILL);
      killed = true;
    }
    pollfd ready{ends[0], POLLIN, 0};
    if (!killed && poll(&ready, 1, static_cast<int>(std::max(left, 1ms).count())) == 0) continue;
    const ssize_t n = read(ends[0], buffer, sizeof buffer);
    if (n <= 0) break;
    told.append(buffer, static_cast<std::size_t>(n));
    // The framework's greeting ends before the first number is pushed.
    if (!started && told.size() > 1000) {
      started = true;
      deadline = std::chrono::steady_clock::now() + after;
    }
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  const std::size_t greeting = told.find(".cc\n");
  if (greeting != std::string::npos && greeting < 200) told.erase(0, greeting + 4);
  std::vector<std::uint64_t> numbers(told.size() / sizeof(std::uint64_t));
  std::memcpy(numbers.data(), told.data(), numbers.size() * sizeof(std::uint64_t));
  return numbers;
}

TEST(HistoryKill, FindsEveryRecordExactlyOnceAfterKills) {
  const Folder folder;
  const SystemClock clock;
  Health health;
  std::mt19937_64 random{7};
  std::uint64_t total = 0, blocks = 0;
  for (std::uint64_t round = 0; round < 20; ++round) {
    const WallTime start = clock.wall();
    const auto numbers =
        push_until_killed(folder.path(), round * 1'000'000'000, std::chrono::milliseconds{random() % 400});
    ASSERT_FALSE(numbers.empty()) << "round " << round;
    // Now and then the next start is killed too, before anyone looked.
    if (round % 3 == 1) continue;
    const auto opened = open_at(folder.path(), 2, clock, health);
    std::unordered_map<std::uint64_t, int> found;
    for (const auto& record : everything_since(*opened.history, start)) {
      if (record.kind == QueryRecord::Kind::query) ++found[test::number_of(record)];
    }
    for (const std::uint64_t number : numbers) ASSERT_EQ(found[number], 1) << "round " << round;
    for (const auto& [number, times] : found) ASSERT_EQ(times, 1) << "round " << round;
    ASSERT_LE(found.size(), numbers.size() + 2) << "one a worker may be pushed and not reported";
    total = opened.history->count({}).value().queries;
    blocks = opened.history->totals().blocks;
  }
  const auto opened = open_at(folder.path(), 1, clock, health);
  EXPECT_GE(opened.history->count({}).value().queries, total);
  EXPECT_GT(blocks, 0U);
}

// A small disk of its own on a folder, taken away with the object even if the test gives up.
struct SmallDisk {
  explicit SmallDisk(const Folder& on)
      : path(on.path()), mounted(mount("tmpfs", path.c_str(), "tmpfs", 0, "size=64m") == 0) {}
  ~SmallDisk() {
    if (mounted) umount2(path.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  std::filesystem::path path;
  bool mounted;
};

TEST(HistoryDiskFull, GoesOnTellsAndRecovers) {
  const Folder folder;
  const SmallDisk disk{folder};
  if (!disk.mounted) GTEST_FAIL() << "mounting needs root";
  {
    ManualClock clock{test::at(1'790'000'000'000'000)};
    Health health;
    auto opened = open_at(folder.path(), 1, clock, health);
    HistoryRing& ring = opened.history->ring(0);
    {
      std::ofstream filler{folder / "filler", std::ios::binary};
      const std::string chunk(65536, 'x');
      while (filler.write(chunk.data(), static_cast<std::streamsize>(chunk.size())).flush()) continue;
    }
    std::mt19937_64 random{1};
    std::uint64_t pushed = 0, lost = 0;
    const auto push = [&] {
      auto record = test::random_record(random);
      record.kind = QueryRecord::Kind::query;
      ring.push(test::entry_of(record)) ? ++pushed : ++lost;
    };
    const auto wait_for = [&](const auto& done) {
      for (int i = 0; i < 1000 && !done(); ++i) std::this_thread::sleep_for(10ms);
      return done();
    };
    // The store may have reserved room for some blocks beforehand.
    HistoryFilter filter;
    const auto is_full = [&] { return health.problems().contains("history"); };
    for (int round = 0; round < 40 && !is_full(); ++round) {
      for (int i = 0; i < 20'000; ++i) push();
      EXPECT_EQ(opened.history->count(filter).value().queries, pushed);  // drained, and so a minute old a minute later
      clock.advance(61s);
      wait_for([&] { return is_full() || ring.released() == ring.written(); });
    }
    ASSERT_TRUE(is_full());
    ASSERT_EQ(lost, 0U);
    EXPECT_NE(health.problems()["history"].find("records wait"), std::string::npos) << health.problems()["history"];
    while (lost < 100) push();
    EXPECT_EQ(opened.history->totals().lost, lost);
    EXPECT_EQ(opened.history->count(filter).value().queries, pushed) << "all is found while nothing can be written";

    std::filesystem::remove(folder / "filler");
    EXPECT_TRUE(wait_for([&] { return !health.problems().contains("history"); })) << health.problems()["history"];
    EXPECT_TRUE(wait_for([&] { return ring.written() - ring.released() < ring.capacity() / 2; }));
    push();
    EXPECT_EQ(opened.history->count(filter).value().queries, pushed);
    opened.history.reset();
    opened.database.reset();
    opened = open_at(folder.path(), 1, clock, health);
    EXPECT_EQ(opened.history->count(filter).value().queries, pushed);
    std::uint64_t gaps = 0;
    for (const auto& record : everything_since(*opened.history, test::at(0))) {
      if (record.kind == QueryRecord::Kind::gap) gaps += record.gap_count;
    }
    EXPECT_EQ(gaps, lost);
    opened.history.reset();
    opened.database.reset();
  }
}

}  // namespace
}  // namespace sinkfeed
