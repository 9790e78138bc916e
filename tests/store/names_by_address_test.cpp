// What other names resolve to: kept by address, merged, bounded, aged.
#include "store/names_by_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/answer_watch.hpp"
#include "tests/store/fixture.hpp"

namespace sinkfeed {
namespace {

using ledger_test::at;
using ledger_test::Folder;
using ledger_test::ip;
using ledger_test::name;
using std::chrono::hours;
using testing::ElementsAre;

struct Names : testing::Test {
  Folder folder;
  std::unique_ptr<Database> database = Database::open(folder.path() / "db", Database::Mode::read_write).value();
  NamesByAddress names{*database};

  std::vector<std::string> of(std::string_view address) {
    std::vector<std::string> texts;
    for (const Need& need : names.of(ip(address)).value()) texts.push_back(need.name.text());
    return texts;
  }
};

TEST_F(Names, AreThereBeforeTheyAreWrittenAndAfter) {
  names.add({name("a.test"), ip("74.1.1.1"), at(5), 1, ip("10.0.0.1")});
  EXPECT_THAT(of("74.1.1.1"), ElementsAre("a.test"));
  ASSERT_TRUE(names.write());
  names.add({name("a.test"), ip("74.1.1.1"), at(3), 2, ip("10.0.0.2")});
  names.add({name("b.test"), ip("74.1.1.1"), at(9), 1, ip("10.0.0.1")});
  names.add({name("c.test"), ip("74.1.1.2"), at(9), 1, ip("10.0.0.1")});
  for (const bool written : {false, true}) {
    if (written) {
      ASSERT_TRUE(names.write());
    }
    EXPECT_THAT(of("74.1.1.1"), ElementsAre("a.test", "b.test"));
    const Need first = names.of(ip("74.1.1.1")).value().at(0);
    EXPECT_EQ(first.first_seen, at(3));
    EXPECT_EQ(first.last_seen, at(5));
    EXPECT_EQ(first.queries, 3u);
    EXPECT_THAT(first.clients, ElementsAre(ip("10.0.0.1"), ip("10.0.0.2")));
  }
}

TEST_F(Names, ThatAreTooOldGoWhenFilesAreCompacted) {
  names.add({name("old.test"), ip("74.1.1.1"), at(0), 1, std::nullopt});
  names.add({name("new.test"), ip("74.1.1.1"), at(50 * 86400), 1, std::nullopt});
  ASSERT_TRUE(names.write());
  ASSERT_TRUE(names.limit(at(60 * 86400), hours(24 * 30), 1 << 30));
  ASSERT_TRUE(database->compact(Column::names));
  EXPECT_THAT(of("74.1.1.1"), ElementsAre("new.test"));
}

TEST_F(Names, StayWithinTheirSizeAndThoseSeenLastStay) {
  const auto fill = [&](int day) {
    for (int i = 0; i < 4000; i++)
      names.add({name("n" + std::to_string(i * 7919 % 100003) + ".test"),
                 ip("74." + std::to_string(day) + "." + std::to_string(i / 250) + "." + std::to_string(i % 250)),
                 at(day * 86400), 1, ip("10.0.0." + std::to_string(i * 31 % 250))});
    ASSERT_TRUE(names.write());
  };
  for (int day = 0; day < 10; day++) fill(day);
  ASSERT_TRUE(database->compact(Column::names));
  const std::uint64_t before = database->bytes_on_disk(Column::names);
  ASSERT_TRUE(names.limit(at(10 * 86400), hours(24 * 365), before / 2));
  EXPECT_LE(database->bytes_on_disk(Column::names), before / 2);
  EXPECT_TRUE(of("74.0.0.1").empty());
  EXPECT_EQ(of("74.9.0.1").size(), 1u);
  const std::uint64_t after = database->bytes_on_disk(Column::names);
  ASSERT_TRUE(names.limit(at(10 * 86400), hours(24 * 365), before / 2));
  EXPECT_EQ(database->bytes_on_disk(Column::names), after) << "nothing to do";
}

TEST_F(Names, ThatDoNotFitAreCounted) {
  for (std::size_t i = 0; i < NamesByAddress::kMaxPending + 5; i++)
    names.add({name("n" + std::to_string(i) + ".test"), ip("74.1.1.1"), at(0), 1, std::nullopt});
  EXPECT_EQ(names.dropped(), 5u);
  EXPECT_TRUE(names.has_pending());
  while (names.has_pending()) ASSERT_TRUE(names.write());
}

// Rows as a worker pushes them.
QueryRecord answered(std::string_view asked, std::string_view client, Verdict verdict = Verdict::pass) {
  QueryRecord record;
  record.time = at(1);
  record.name = name(asked);
  record.client = ip(client);
  record.verdict = verdict;
  PackedAnswers::append(record.answers, 5, "ignored");
  PackedAnswers::append(record.answers, 1, std::string_view("\x4a\x01\x01\x01", 4));
  return record;
}

TEST(AnswerWatch, TellsAnOrdinaryNameOnceAndCountsThoseOfTheLedger) {
  bool is_held = false;
  AnswerWatch watch([&](const IpAddress&) { return is_held; });
  HistoryColumns columns;
  const auto look = [&](const QueryRecord& record, int times) {
    const std::size_t rows = columns.rows();
    for (int i = 0; i < times; i++) columns.append(record);
    watch.look(columns, rows, SteadyTime{});
    return watch.take();
  };
  const auto first = look(answered("www.test", "10.0.0.1"), 3);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].name, name("www.test"));
  EXPECT_EQ(first[0].address, ip("74.1.1.1"));
  EXPECT_EQ(first[0].client, ip("10.0.0.1"));
  EXPECT_TRUE(look(answered("www.test", "10.0.0.2"), 3).empty());
  EXPECT_TRUE(look(answered("talk.test", "10.0.0.2", Verdict::sinkhole), 1).empty());
  QueryRecord refused = answered("gone.test", "10.0.0.2");
  refused.rcode = 3;
  EXPECT_TRUE(look(refused, 1).empty());

  is_held = true;
  columns.clear();  // the next block
  const auto counted = look(answered("www.test", "10.0.0.1"), 3);
  ASSERT_EQ(counted.size(), 1u);
  EXPECT_EQ(counted[0].queries, 3u);
  EXPECT_EQ(look(answered("www.test", "10.0.0.2"), 2).at(0).queries, 2u) << "in the same block";
}

TEST(AnswerWatch, TellsAgainAfterAWhile) {
  AnswerWatch watch([](const IpAddress&) { return false; });
  HistoryColumns columns;
  columns.append(answered("www.test", "10.0.0.1"));
  watch.look(columns, 0, SteadyTime{});
  EXPECT_EQ(watch.take().size(), 1u);
  watch.look(columns, 0, SteadyTime{} + std::chrono::minutes(9));
  EXPECT_EQ(watch.take().size(), 0u) << "another block, but not long after";
  watch.look(columns, 0, SteadyTime{} + std::chrono::minutes(11));
  EXPECT_EQ(watch.take().size(), 1u);
}

}  // namespace
}  // namespace sinkfeed
