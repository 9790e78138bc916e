// Pages, groups and filters of names give what going through all records would.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "store/history.hpp"
#include "store/history_names.hpp"
#include "store/keys.hpp"
#include "store/name_filter.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using test::Folder;
using test::Random;

class HistoryPages : public testing::Test {
 protected:
  void open() {
    history.reset();
    database.reset();
    database = Database::open(folder / "db", Database::Mode::read_write).value();
    history = History::open(*database, Database::Mode::read_write, folder / "rings", 2, {}, clock, health).value();
  }
  // Few names and clients, several records of each microsecond, some in blocks and some not yet.
  void fill() {
    Random random{7};
    for (int start = 0; start < 4; start++) {
      open();
      for (int i = 0; i < 400; i++) {
        QueryRecord record = test::numbered(test::below(random, 20));
        record.time = test::at(1'790'000'000'000'000 + static_cast<std::int64_t>(test::below(random, 300)) * 1'000'000);
        record.client = test::ip("10.0.0." + std::to_string(test::below(random, 9)));
        record.rcode = static_cast<std::uint8_t>(test::below(random, 3));
        ASSERT_TRUE(history->ring(i % 2).push(test::entry_of(record)));
        all.push_back(record);
      }
    }
  }
  std::vector<std::string> searched(const HistoryFilter& filter) {
    std::vector<std::string> found;
    EXPECT_TRUE(history->search(filter, [&](const QueryRecord& record) {
      found.push_back(test::everything(record));
      return true;
    }));
    return found;
  }

  Folder folder;
  ManualClock clock{test::at(1'790'000'000'000'000)};
  Health health;
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
  std::vector<QueryRecord> all;
};

TEST_F(HistoryPages, OneAfterTheOtherAreTheWhole) {
  fill();
  for (const bool newest_first : {true, false}) {
    for (const std::size_t limit : {1, 3, 7, 100, 5000}) {
      HistoryFilter filter;
      filter.newest_first = newest_first;
      filter.rcode = 1;
      filter.limit = 0;
      const auto whole = searched(filter);
      ASSERT_GT(whole.size(), 100u);
      filter.limit = limit;
      std::vector<std::string> pages;
      std::optional<HistoryCursor> from;
      do {
        const std::size_t before = pages.size();
        const auto page =
            history->page(filter, from, [&](const QueryRecord& record) { pages.push_back(test::everything(record)); });
        ASSERT_LE(pages.size() - before, limit);
        ASSERT_EQ(page.damage, "");
        ASSERT_FALSE(page.unfinished);
        if (page.next) {
          ASSERT_EQ(pages.size() - before, limit);
          ASSERT_EQ(HistoryCursor::parse(page.next->text()).value(), *page.next);
        }
        from = page.next;
      } while (from);
      ASSERT_EQ(pages, whole) << limit;
    }
  }
}

TEST_F(HistoryPages, WhatComesMeanwhileIsInNoLaterPage) {
  open();
  for (std::uint64_t i = 0; i < 10; i++) ASSERT_TRUE(history->ring(0).push(test::entry_of(test::numbered(i))));
  HistoryFilter filter;
  filter.limit = 5;
  std::vector<std::uint64_t> numbers;
  const auto note = [&](const QueryRecord& record) { numbers.push_back(test::number_of(record)); };
  const auto first = history->page(filter, {}, note);
  ASSERT_TRUE(history->ring(0).push(test::entry_of(test::numbered(100))));
  EXPECT_FALSE(history->page(filter, first.next, note).next);
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
}

TEST_F(HistoryPages, OneThatHadNoTimeGoesOnWhereItWas) {
  fill();
  HistoryFilter filter;
  filter.limit = 0;
  const auto whole = searched(filter);
  filter.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  const auto none = history->page(filter, {}, [](const QueryRecord&) { FAIL(); });
  ASSERT_TRUE(none.unfinished && none.next);
  filter.deadline.reset();
  std::vector<std::string> found;
  history->page(filter, none.next, [&](const QueryRecord& record) { found.push_back(test::everything(record)); });
  EXPECT_EQ(found, whole);
  EXPECT_FALSE(HistoryCursor::parse("1790000000000000"));
  EXPECT_FALSE(HistoryCursor::parse("1790000000000000.x"));
}

TEST_F(HistoryPages, GroupsAreCountedAsRecordsAre) {
  fill();
  HistoryFilter filter;
  filter.client = Network::parse("10.0.0.0/30").value();
  for (const auto by : {GroupBy::client, GroupBy::name, GroupBy::type, GroupBy::verdict, GroupBy::rcode}) {
    std::map<std::string, std::uint64_t> expected;
    for (const QueryRecord& record : all) {
      if (!filter.matches(record)) continue;
      expected[by == GroupBy::client    ? record.client.text()
               : by == GroupBy::name    ? record.name.text()
               : by == GroupBy::type    ? type_name(record.type)
               : by == GroupBy::verdict ? std::string(verdict_name(record.verdict))
                                        : rcode_name(record.rcode)]++;
    }
    filter.limit = 0;
    const auto top = history->top(filter, by).value();
    std::map<std::string, std::uint64_t> found;
    std::uint64_t before = ~std::uint64_t{0};
    for (const HistoryGroup& group : top.groups) {
      EXPECT_LE(group.queries, before);
      before = group.queries;
      found[group.what] = group.queries;
    }
    EXPECT_EQ(found, expected) << group_by_name(by);
    EXPECT_EQ(top.distinct, expected.size());
    filter.limit = 2;
    EXPECT_EQ(history->top(filter, by).value().groups.size(), std::min<std::size_t>(2, expected.size()));
  }
  const auto minutes = history->top(filter, GroupBy::time, std::chrono::seconds(60)).value();
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < minutes.groups.size(); i++) {
    EXPECT_EQ(minutes.groups[i].time.time_since_epoch().count() % 60'000'000, 0);
    ASSERT_TRUE(i == 0 || minutes.groups[i - 1].time < minutes.groups[i].time);
    sum += minutes.groups[i].queries;
  }
  EXPECT_EQ(sum, history->count(filter).value().queries);
}

TEST_F(HistoryPages, FiltersLeaveOutNoBlockThatHasTheNameOrTheAnswer) {
  open();
  HistoryNames names;
  std::map<std::string, std::string> key_of;
  std::map<std::string, IpAddress> answer_of;
  Database::Batch batch;
  // Each block has a thousand rows of one name.
  for (std::uint32_t block = 0; batch.empty(); block++) {
    const std::string name = "host" + std::to_string(block) + ".site" + std::to_string(block % 7) + ".example";
    HistoryColumns columns;
    QueryRecord record = test::numbered(block);
    record.name = test::dns(name);
    record.answers.clear();
    PackedAnswers::append(record.answers, 5, record.name.wire());
    const std::array<std::uint8_t, 4> address{10, 0, static_cast<std::uint8_t>(block >> 8),
                                              static_cast<std::uint8_t>(block)};
    PackedAnswers::append(record.answers, 1, {reinterpret_cast<const char*>(address.data()), address.size()});
    answer_of[keys::history(1'790'000'000'000'000 + block, 0)] = IpAddress::v4(address);
    for (int row = 0; row < 1100; row++) columns.append(record);
    key_of[name] = keys::history(1'790'000'000'000'000 + block, 0);
    names.add(key_of[name], encode_with_evidence(columns).hashes, batch);
  }
  ASSERT_TRUE(database->write(batch));
  EXPECT_EQ(blocks_with_names(*database).value().size(), key_of.size());
  const auto without = [&](std::vector<std::uint64_t> hashes) { return blocks_without(*database, hashes).value(); };
  for (const auto& [name, key] : key_of) {
    const std::uint64_t of_name = hash_of_name(test::dns(name).wire()), of_answer = hash_of_answer(answer_of[key]);
    EXPECT_FALSE(without({of_name}).contains(key)) << name;
    EXPECT_FALSE(without({hash_of_below(test::dns(name).parent().wire())}).contains(key)) << name;
    EXPECT_FALSE(without({of_name, of_answer}).contains(key)) << name;
  }
  const std::uint64_t never = hash_of_name(test::dns("never.asked.example").wire());
  EXPECT_EQ(without({never}).size(), key_of.size());
  EXPECT_EQ(without({hash_of_answer(answer_of.begin()->second), never}).size(), key_of.size());
  EXPECT_EQ(without({hash_of_answer(test::ip("2001:db8::1"))}).size(), key_of.size());
  const std::string last = key_of.rbegin()->second;
  ASSERT_TRUE(drop_names_of_no_block(*database, [&](const std::string& key) { return key == last; }));
  EXPECT_EQ(blocks_with_names(*database).value().size(), key_of.size()) << "one of its blocks is there";
  ASSERT_TRUE(drop_names_of_no_block(*database, [&](const std::string&) { return false; }));
  EXPECT_TRUE(blocks_with_names(*database).value().empty());
  EXPECT_TRUE(without({never}).empty());
}

TEST_F(HistoryPages, FiltersOfReleasesBeforeGo) {
  open();
  Database::Batch batch;
  for (const char* key : {"k12", "f12", "l12", "w12"}) batch.put(Column::history_names, key, "of another form");
  ASSERT_TRUE(database->write(batch));
  ASSERT_TRUE(drop_former_names(*database));
  int left = 0;
  ASSERT_TRUE(database->scan(Column::history_names, "", "", [&](std::string_view, std::string_view) {
    left++;
    return true;
  }));
  EXPECT_EQ(left, 0);
  EXPECT_TRUE(blocks_with_names(*database).value().empty());
}

TEST_F(HistoryPages, FiltersLeaveOutNoBlockWhereRecordsWereLost) {
  open();
  HistoryNames names;
  Database::Batch batch;
  std::uint64_t blocks = 0;
  for (; batch.empty(); blocks++) {
    HistoryColumns columns;
    for (int row = 0; row < 60000; row++) columns.append(test::numbered(7));
    if (blocks == 3) columns.append_gap(5000, 1'790'000'000'000'000);
    names.add(keys::history(1'790'000'000'000'000 + blocks, 0), encode_with_evidence(columns).hashes, batch);
  }
  ASSERT_TRUE(database->write(batch));
  EXPECT_TRUE(blocks_without(*database, {hash_of_answer(test::ip("192.0.2.77"))}).value().empty());
}

TEST_F(HistoryPages, NamesThatNobodyElseAsksForMakeAFilterOfFewerRows) {
  open();
  HistoryNames names;
  Database::Batch batch;
  std::size_t rows = 0;
  for (std::uint32_t block = 0; batch.empty(); block++) {
    HistoryColumns columns;
    for (std::uint32_t row = 0; row < 30000; row++) {
      QueryRecord record = test::numbered(row);
      std::string name = "b" + std::to_string(block) + "r" + std::to_string(row) + ".example";
      for (int label = 0; label < 30; label++) name = "x." + name;
      record.name = test::dns(name);
      columns.append(record);
    }
    rows += columns.rows();
    names.add(keys::history(1'790'000'000'000'000 + block, 0), encode_with_evidence(columns).hashes, batch);
  }
  EXPECT_LT(rows, HistoryNames::kRows / 10);
}

}  // namespace
}  // namespace sinkfeed
