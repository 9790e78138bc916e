// Stores that releases left behind open, and every record is found: tests/store/releases has them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>

#include "store/history.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

class HistoryOfARelease : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string archive = std::string{SINKFEED_SOURCE "/tests/store/releases/"} + GetParam() + ".tar.zst";
    const std::string unpack = "tar --zstd -C " + folder.path().string() + " -xSf " + archive;
    ASSERT_EQ(std::system(unpack.c_str()), 0) << unpack;  // NOLINT(cert-env33-c): both paths are ours
    std::ifstream lines{folder / GetParam() / "records.txt"};
    for (std::string line; std::getline(lines, line);) ++expected[line];
    ASSERT_GT(expected.size(), 100U);
    settings.retention = std::chrono::hours{24} * 36500;
  }

  void open(Database::Mode mode) {
    history.reset(), database.reset();
    auto opened = Database::open(folder / GetParam() / "db", mode);
    ASSERT_TRUE(opened) << opened.error().what;
    database = std::move(*opened);
    auto made = History::open(*database, mode, folder / GetParam() / "rings", 1, settings, clock, health);
    ASSERT_TRUE(made) << made.error().what;
    history = std::move(*made);
  }

  void finds_all() {
    HistoryFilter all;
    all.limit = 0;
    std::map<std::string, int> found;
    const auto done = history->search(all, [&](const QueryRecord& record) {
      ++found[test::everything(record)];
      return true;
    });
    ASSERT_TRUE(done) << done.error().what;
    EXPECT_EQ(found, expected);
  }

  test::Folder folder;
  SystemClock clock;
  Health health;
  Settings::History settings;
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
  std::map<std::string, int> expected;
};

TEST_P(HistoryOfARelease, OpensAndEveryRecordIsFound) {
  open(Database::Mode::read_only);
  finds_all();
  open(Database::Mode::read_write);
  finds_all();
}

TEST_P(HistoryOfARelease, GoesOnWithNewRecordsBehindTheOldOnes) {
  open(Database::Mode::read_write);
  const QueryRecord fresh = test::numbered(7, clock.wall().time_since_epoch().count());
  ASSERT_TRUE(history->ring(0).push(test::entry_of(fresh)));
  ++expected[test::everything(fresh)];
  finds_all();
  open(Database::Mode::read_write);
  finds_all();
  open(Database::Mode::read_only);
  finds_all();
}

INSTANTIATE_TEST_SUITE_P(Releases, HistoryOfARelease, testing::Values("history-0.1"),
                         [](const auto&) { return "v0_1"; });

}  // namespace
}  // namespace sinkfeed
