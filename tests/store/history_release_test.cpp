// Stores that releases left behind open, and every record is found: tests/store/releases has them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <thread>

#include "store/history.hpp"
#include "store/history_catalogue.hpp"
#include "store/history_verify.hpp"
#include "store/keys.hpp"
#include "store/node_key.hpp"
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

TEST_P(HistoryOfARelease, TakesTheOldBlocksIntoTheChainOfEvidence) {
  open(Database::Mode::read_write);
  const auto key = NodeKey::open(*database, Database::Mode::read_write).value();
  const auto verified = [&] {
    VerifyStep step;
    VerifyResult whole;
    for (;;) {
      const auto result = verify_history(*database, key, step).value();
      whole.finding = result.finding;
      whole.rows += result.rows;
      if (result.cursor.empty()) return whole;
      step.cursor = result.cursor;
    }
  };
  EXPECT_EQ(verified().finding, "") << "while they are being taken";
  const auto is_adopting = [&] { return database->get(Column::meta, keys::kAdopting).value().has_value(); };
  for (int i = 0; i < 1000 && is_adopting(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_FALSE(is_adopting());
  open(Database::Mode::read_write);  // what was in rings is in blocks
  const auto whole = verified();
  EXPECT_EQ(whole.finding, "");
  EXPECT_EQ(whole.rows, history->totals().records);
  finds_all();
  // From then on a block that no link tells of was put in.
  std::string put_in;
  ASSERT_TRUE(database->scan(Column::history_index, "", "", [&](std::string_view name, std::string_view value) {
    auto block = decode_index(name, value).value();
    block.links.clear();
    block.key = put_in = keys::history(7, 7);
    Database::Batch batch;
    batch.put(Column::history_index, put_in, encode_index(block));
    EXPECT_TRUE(database->write(batch));
    return false;
  }));
  ASSERT_FALSE(put_in.empty());
  EXPECT_NE(verified().finding, "");
  open(Database::Mode::read_write);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_NE(verified().finding, "") << "a start makes it no better";
}

INSTANTIATE_TEST_SUITE_P(Releases, HistoryOfARelease, testing::Values("history-0.1", "history-3"),
                         [](const auto& release) { return std::string(release.param) == "history-3" ? "v3" : "v0_1"; });

}  // namespace
}  // namespace sinkfeed
