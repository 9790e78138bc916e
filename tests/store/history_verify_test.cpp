// What verify finds: whatever is flipped, taken out or swapped in the database's values, and it names the right thing.
#include "store/history_verify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "store/history.hpp"
#include "store/history_block.hpp"
#include "store/history_catalogue.hpp"
#include "store/history_names.hpp"
#include "store/history_unpack.hpp"
#include "store/keys.hpp"
#include "store/name_filter.hpp"
#include "store/node_key.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using namespace std::chrono_literals;

class HistoryVerifyTest : public testing::Test {
 protected:
  static constexpr std::int64_t kStart = 1'790'000'000'000'000;

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
  // A block of three queries, a minute long.
  void write_block() {
    open();
    for (int i = 0; i < 3; ++i) {
      clock.advance(20s);
      ASSERT_TRUE(history->ring(0).push(
          test::entry_of(test::numbered(static_cast<std::uint64_t>(i), clock.wall().time_since_epoch().count()))));
    }
    open();
  }
  // Links 1 block, 2 action, 3 checkpoint, 4 block, 5 action, 6 checkpoint, 7 block, 8 action.
  void make() {
    for (int i = 0; i < 3; ++i) {
      write_block();
      ASSERT_TRUE(history->chain().write(ChainLink::Kind::action, "{\"action\":\"test\"}"));
      if (i < 2) {
        ASSERT_TRUE(history->chain().checkpoint(*key));
      }
    }
  }
  // Step by step, each as short as can be, or all in one.
  std::string verify(std::chrono::milliseconds most = 10s, VerifyStep step = {}) {
    step.most = most;
    links = blocks = rows = checkpoints = 0;
    for (int i = 0; i < 100; ++i) {
      const auto result = verify_history(*database, *key, step).value();
      links += result.links, blocks += result.blocks, rows += result.rows, checkpoints += result.checkpoints;
      if (result.cursor.empty()) return result.finding;
      step.cursor = result.cursor;
    }
    return "it does not end";
  }
  struct Value {
    Column column;
    std::string key, value;
  };
  std::vector<Value> values() {
    std::vector<Value> found;
    for (const Column column : {Column::chain, Column::history, Column::history_index, Column::meta}) {
      EXPECT_TRUE(database->scan(column, "", "", [&](std::string_view name, std::string_view value) {
        if (column != Column::meta || name == "chain" || name.starts_with("checkpoint/"))
          found.push_back({column, std::string{name}, std::string{value}});
        return true;
      }));
    }
    return found;
  }
  void put(const Value& value) {
    Database::Batch batch;
    batch.put(value.column, value.key, value.value);
    ASSERT_TRUE(database->write(batch));
  }
  void remove(Column column, const std::string& name) {
    Database::Batch batch;
    batch.remove(column, name);
    ASSERT_TRUE(database->write(batch));
  }
  // The link that a value belongs to.
  static std::uint64_t link_of(const Value& value) {
    if (value.column == Column::chain) return keys::read_u64(value.key);
    if (value.column == Column::meta) return value.key == "chain" ? 8 : keys::read_u64(value.key.substr(11));
    const auto us = static_cast<std::int64_t>(keys::read_u64(value.key));
    return 1 + 3 * static_cast<std::uint64_t>((us - kStart) / 60'000'000);
  }

  test::Folder folder;
  ManualClock clock{test::at(kStart)};
  Health health;
  Settings::History settings;
  std::unique_ptr<Database> database;
  std::unique_ptr<History> history;
  std::optional<NodeKey> key;
  std::uint64_t links = 0, blocks = 0, rows = 0, checkpoints = 0;
};

TEST_F(HistoryVerifyTest, FindsNothingInAStoreThatIsAsItWasWritten) {
  open();
  EXPECT_EQ(verify(), "") << "empty";
  make();
  for (const auto most : {10'000ms, 0ms}) {
    EXPECT_EQ(verify(most), "");
    EXPECT_EQ(links, 8u);
    EXPECT_EQ(blocks, 3u);
    EXPECT_EQ(rows, 9u);
    EXPECT_EQ(checkpoints, 2u);
  }
  for (const char* wrong : {"1.2", "9.2.", "x", "9.8.", "9.8.x", "9.8.n1"}) {
    VerifyStep step;
    step.cursor = wrong;
    EXPECT_FALSE(verify_history(*database, *key, step)) << wrong;
  }
}

TEST_F(HistoryVerifyTest, FindsEachByteThatIsFlippedAndNamesItsPlace) {
  make();
  for (const Value& good : values()) {
    for (std::size_t at = 0; at < good.value.size(); at += 1 + good.value.size() / 40) {
      for (const char flip : {'\1', '\x80'}) {
        Value changed = good;
        changed.value[at] = static_cast<char>(changed.value[at] ^ flip);
        put(changed);
        const std::string finding = verify();
        ASSERT_NE(finding, "") << static_cast<int>(good.column) << " " << at;
        EXPECT_EQ(verify(0ms), finding) << "in steps it is the same";
        // What is damaged beyond reading is told by its key; what reads well is named.
        const std::uint64_t link = link_of(good);
        if (good.column == Column::chain) {
          EXPECT_THAT(finding, AnyOf(HasSubstr("link " + std::to_string(link) + " "), HasSubstr("two blocks")));
        }
        if (good.column == Column::history) {
          EXPECT_THAT(finding, HasSubstr("the block behind link " + std::to_string(link) + " "));
        }
        if (good.column == Column::history_index) {
          EXPECT_THAT(finding, AnyOf(HasSubstr("index"), HasSubstr("link " + std::to_string(link) + " ")));
        }
        if (good.key.starts_with("checkpoint/")) {
          EXPECT_THAT(finding, AnyOf(HasSubstr("checkpoint over the links"), HasSubstr("the checkpoint of")));
        }
        if (good.key == "chain") {
          EXPECT_THAT(finding, HasSubstr("end"));
        }
      }
    }
    put(good);
  }
  EXPECT_EQ(verify(), "");
}

TEST_F(HistoryVerifyTest, FindsEachValueThatIsTakenOut) {
  make();
  for (const Value& good : values()) {
    remove(good.column, good.key);
    const std::string finding = verify();
    EXPECT_THAT(finding, AnyOf(HasSubstr("missing"), HasSubstr("cut off")));
    if (good.key != "chain") {
      EXPECT_THAT(finding, HasSubstr(std::to_string(link_of(good))));
    }
    EXPECT_EQ(verify(0ms), finding);
    put(good);
  }
  EXPECT_EQ(verify(), "");
}

TEST_F(HistoryVerifyTest, FindsWhatWasPutInAnotherOrder) {
  make();
  const auto all = values();
  for (const Value& a : all) {
    for (const Value& b : all) {
      if (a.column != b.column || !(a.key < b.key) || a.column == Column::meta) continue;
      put({a.column, a.key, b.value});
      put({b.column, b.key, a.value});
      const std::string finding = verify();
      EXPECT_NE(finding, "") << static_cast<int>(a.column);
      if (a.column == Column::chain || a.column == Column::history) {
        EXPECT_THAT(finding, HasSubstr("another order"));
      }
      put(a), put(b);
    }
  }
  EXPECT_EQ(verify(), "");
}

TEST_F(HistoryVerifyTest, FindsABlockThatWasPutIn) {
  make();
  const auto all = values();
  for (const Value& value : all) {
    if (value.column != Column::history) continue;
    const std::string other = keys::history(static_cast<std::uint64_t>(kStart) + 7, 0);
    put({Column::history, other, value.value});
    EXPECT_THAT(verify(), HasSubstr("is in no index and no link"));
    BlockInfo info;
    info.key = other;
    info.first = info.last = test::at(kStart + 7);
    info.rows = 3;
    put({Column::history_index, other, encode_index(info)});
    EXPECT_THAT(verify(), HasSubstr("is in no link of the chain"));
    info.links = {2};
    put({Column::history_index, other, encode_index(info)});
    EXPECT_THAT(verify(), HasSubstr("link 2, which is no block's"));
    remove(Column::history, other), remove(Column::history_index, other);
  }
  EXPECT_EQ(verify(), "");
}

// Somebody who can write the store makes a link anew and all after it, but has not the key.
TEST_F(HistoryVerifyTest, FindsLinksThatWereMadeAnewByTheSignedCheckpoint) {
  make();
  std::string previous = kNoLink;
  for (std::uint64_t number = 1; number <= 8; ++number) {
    auto link = ChainLink::decode(database->get(Column::chain, keys::chain(number)).value().value()).value();
    if (number == 5) link = ChainLink::with_text(ChainLink::Kind::action, link.time, "{\"action\":\"other\"}");
    link.number = number;
    link.previous = previous;
    previous = link.hash();
    put({Column::chain, keys::chain(number), link.encode()});
  }
  std::string tail;
  keys::append_u64(tail, 8);
  put({Column::meta, "chain", tail + previous});
  EXPECT_THAT(verify(), HasSubstr("links 3 to 5 are not those that the checkpoint of"));
}

TEST_F(HistoryVerifyTest, FindsAChainThatWasCutOff) {
  make();
  for (std::uint64_t number = 8; number > 5; --number) remove(Column::chain, keys::chain(number));
  EXPECT_THAT(verify(), HasSubstr("the links 6 to 8 are missing at the chain's end"));
  // With the note of the end as well: the checkpoints know.
  const auto link = ChainLink::decode(database->get(Column::chain, keys::chain(4)).value().value()).value();
  remove(Column::chain, keys::chain(5));
  std::string tail;
  keys::append_u64(tail, 4);
  put({Column::meta, "chain", tail + link.hash()});
  EXPECT_THAT(verify(), HasSubstr("a checkpoint tells of link 5, but the chain ends with link 4"));
}

TEST_F(HistoryVerifyTest, WhatRetentionDroppedIsNotMissing) {
  settings.retention = 1h;
  make();
  clock.advance(59min);
  open();
  EXPECT_EQ(history->totals().blocks, 2u);
  EXPECT_EQ(verify(), "");
  EXPECT_EQ(verify(0ms), "");
  EXPECT_EQ(links, 9u);
  const auto dropped = ChainLink::decode(database->get(Column::chain, keys::chain(9)).value().value()).value();
  EXPECT_EQ(dropped.kind, ChainLink::Kind::dropped);
  EXPECT_THAT(dropped.text, HasSubstr(R"({"links":"1","blocks":1,"rows":3,)"));
}

TEST_F(HistoryVerifyTest, WhatIsHeldStaysAndTheRestGoes) {
  settings.retention = 1h;
  make();
  const HistoryHold hold{test::at(kStart + 70'000'000), test::at(kStart + 120'000'000), clock.wall(), "root", "case 7"};
  ASSERT_TRUE(history->holds().add(11, hold));
  clock.advance(24h);
  open();
  EXPECT_EQ(history->totals().blocks, 1u);
  EXPECT_EQ(history->holds().all().at(11).reason, "case 7");
  settings.max_size = 1;
  open();
  EXPECT_EQ(history->totals().blocks, 1u) << "also when there is no room";
  EXPECT_EQ(history->holds().release(12).value(), false);
  EXPECT_EQ(history->holds().release(11).value(), true);
  open();
  EXPECT_EQ(history->totals().blocks, 0u);
  EXPECT_EQ(verify(), "");
}

TEST_F(HistoryVerifyTest, NamesTheQueryThatWasChanged) {
  make();
  Value good;
  for (const Value& value : values()) {
    if (value.column == Column::history) good = value;
  }
  using namespace history_layout;
  const auto with = [&](const auto& change) {
    auto content = PackedBlock::open(good.value).value().content(0);
    change(content);
    put({Column::history, good.key, pack({content})});
    return verify();
  };
  const std::string start = "the block behind link 7 (the block of 3 queries";
  for (std::size_t row = 0; row < 3; ++row) {
    const std::string finding = with([&](Content& content) {
      auto& ports = content[Numbers::port];
      if (ports.width == 0) ports.width = 1, ports.bytes.assign(3, 0);
      ports.bytes[row] = static_cast<char>(ports.bytes[row] ^ 1);
    });
    EXPECT_THAT(finding, testing::AllOf(HasSubstr(start), HasSubstr(": query " + std::to_string(row + 1) + ", now "),
                                        HasSubstr(" for n" + std::to_string(row) + ".example, is another")));
  }
  EXPECT_THAT(with([&](Content& content) {
                auto& ports = content[Numbers::port];
                ports.width = 1, ports.bytes.assign("abc");
              }),
              HasSubstr("the first that is another is among the queries 1 to 3"));
  put(good);
  EXPECT_EQ(verify(), "");
}

// Made anew from its records, with one of another name, by who has our own program.
TEST_F(HistoryVerifyTest, NamesTheQueryOfABlockThatWasMadeAnew) {
  make();
  for (const Value& good : values()) {
    if (good.column != Column::history) continue;
    const auto made_anew = [&](const auto& change) {
      auto records = decode_block(good.value).value();
      change(records);
      HistoryColumns columns;
      for (const QueryRecord& record : records) columns.append(record);
      put({Column::history, good.key, encode_block(columns)});
      return verify();
    };
    EXPECT_THAT(made_anew([](auto& records) { records[1].name = test::dns("harmless.example"); }),
                HasSubstr("query 2, now"));
    EXPECT_THAT(made_anew([](auto& records) { std::swap(records[0], records[2]); }), HasSubstr("have changed places"));
    EXPECT_THAT(made_anew([](auto& records) { records.pop_back(); }),
                HasSubstr("query 3, which is missing, is another"));
    EXPECT_THAT(made_anew([](auto&) {}), HasSubstr("holds something else"));
    put(good);
  }
  EXPECT_EQ(verify(), "");
}

TEST_F(HistoryVerifyTest, FindsAFilterOfNamesThatHidesABlock) {
  make();
  // As the writer makes it once there are enough rows.
  std::vector<std::string> keys_of_blocks;
  ASSERT_TRUE(database->scan(Column::history, "", "", [&](std::string_view name, std::string_view value) {
    keys_of_blocks.push_back(std::string(name));
    EXPECT_FALSE(words_of_block(value).value().names.empty());
    return true;
  }));
  const auto filter_over = [&](const std::string& name) {
    std::vector<std::uint64_t> hashes;
    put_name_hashes(DnsName::parse(name).value().wire(), [&](std::uint64_t hash) { hashes.push_back(hash); });
    HistoryNames names;
    Database::Batch batch;
    for (const std::string& block : keys_of_blocks)
      names.add(block, {hashes, block == keys_of_blocks.back() ? HistoryNames::kRows : 1, false}, batch);
    EXPECT_FALSE(batch.empty());
    EXPECT_TRUE(database->write(batch));
  };
  const std::string block = database->get(Column::history, keys_of_blocks.front()).value().value();
  const std::string kept(words_of_block(block).value().names.front());
  const std::string name = DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()}).text();
  filter_over("other.example");
  for (const auto most : {10'000ms, 0ms}) {
    EXPECT_THAT(verify(most), HasSubstr("was changed: it hides " + name + ", which is there, from searches"));
  }
  VerifyStep later;
  later.since = clock.wall() + 1s;
  EXPECT_EQ(verify(10s, later), "") << "only of the time that is asked for";
}

TEST_F(HistoryVerifyTest, ReadsTheContentOfBlocksOfTheTimeThatIsAskedFor) {
  make();
  VerifyStep step;
  step.since = test::at(kStart + 70'000'000);
  step.until = test::at(kStart + 120'000'000);
  EXPECT_EQ(verify(10s, step), "");
  EXPECT_EQ(links, 8u);
  EXPECT_EQ(blocks, 1u);
}

}  // namespace
}  // namespace sinkfeed
