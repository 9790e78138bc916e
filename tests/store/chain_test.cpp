// The chain of evidence by itself: links, their hashes, checkpoints.
#include "store/chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/keys.hpp"
#include "store/link_ranges.hpp"
#include "store/merkle.hpp"
#include "store/sha256.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

class ChainTest : public testing::Test {
 protected:
  void open() {
    chain.reset();
    database.reset();
    database = Database::open(folder / "db", Database::Mode::read_write).value();
    chain = Chain::open(*database, clock).value();
  }
  ChainLink link(std::uint64_t number) {
    const auto value = database->get(Column::chain, keys::chain(number)).value();
    return ChainLink::decode(value.value()).value();
  }

  test::Folder folder;
  ManualClock clock{test::at(1'790'000'000'000'000)};
  std::unique_ptr<Database> database;
  std::unique_ptr<Chain> chain;
};

TEST_F(ChainTest, NumbersLinksWithoutGapsAcrossRestartsEachNamingTheOneBefore) {
  std::string previous = kNoLink;
  for (std::uint64_t number = 1; number <= 6; ++number) {
    if (number % 2) open();
    EXPECT_EQ(chain->write(ChainLink::Kind::action, "{\"n\":" + std::to_string(number) + "}").value(), number);
    EXPECT_EQ(link(number).number, number);
    EXPECT_EQ(link(number).previous, previous);
    EXPECT_EQ(link(number).digest, sha256_of(link(number).text));
    previous = link(number).hash();
  }
  EXPECT_EQ(chain->length(), 6u);
}

TEST_F(ChainTest, HashesWhatItsHeaderSays) {
  ChainLink link = ChainLink::with_text(ChainLink::Kind::action, test::at(1), "{}");
  link.number = 258;
  link.first = test::at(2);
  link.last = test::at(3);
  link.rows = 4;
  link.previous = std::string(32, 'p');
  const auto u64 = [](char last, char before = 0) { return std::string(6, '\0') + before + last; };
  EXPECT_EQ(link.canonical(), "sinkfeed link 1\n" + u64(2, 1) + "\2" + u64(1) + u64(2) + u64(3) + u64(4) +
                                  sha256_of("{}") + std::string(32, 'p') + std::string(3, '\0') + "\2{}");
  EXPECT_EQ(ChainLink::decode(link.encode()).value().hash(), link.hash());
}

TEST_F(ChainTest, TakesNothingThatItWouldNotHaveWritten) {
  const ChainLink link = ChainLink::with_text(ChainLink::Kind::action, test::at(1), "{}");
  EXPECT_FALSE(ChainLink::decode(link.encode())) << "without the hash of the one before";
  ChainLink whole = link;
  whole.previous = kNoLink;
  EXPECT_TRUE(ChainLink::decode(whole.encode()));
  EXPECT_FALSE(ChainLink::decode(whole.encode() + "\xa0\x06\x01")) << "with a field that nobody knows";
  EXPECT_FALSE(ChainLink::decode(whole.encode() + whole.encode()));
  EXPECT_FALSE(ChainLink::decode(""));
}

TEST_F(ChainTest, WritesTheBatchWithItsLinksOrNotAtAll) {
  open();
  Database::Batch batch;
  batch.put(Column::meta, "test", "1");
  const auto number = chain->write(
      batch, {ChainLink::with_text(ChainLink::Kind::action, clock.wall(), "{}")},
      [](std::uint64_t first, Database::Batch& more) { more.put(Column::meta, "number", std::to_string(first)); });
  EXPECT_EQ(number.value(), 1u);
  EXPECT_EQ(database->get(Column::meta, "test").value(), "1");
  EXPECT_EQ(database->get(Column::meta, "number").value(), "1");
}

TEST_F(ChainTest, DoesNotGiveTheNumbersOfLinksThatWereTakenAway) {
  open();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(chain->write(ChainLink::Kind::action, "{}"));
  const std::string last = link(3).hash();
  Database::Batch batch;
  batch.remove(Column::chain, keys::chain(3));
  batch.remove(Column::chain, keys::chain(2));
  ASSERT_TRUE(database->write(batch));
  open();
  EXPECT_EQ(chain->write(ChainLink::Kind::action, "{}").value(), 4u);
  EXPECT_EQ(link(4).previous, last);
}

TEST_F(ChainTest, SignsCheckpointsThatFollowOneAnother) {
  open();
  const NodeKey key = NodeKey::open(*database, Database::Mode::read_write).value();
  EXPECT_THAT(chain->checkpoint(key).error().what, HasSubstr("nothing in the chain"));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(chain->write(ChainLink::Kind::action, "{}"));
  const auto first = chain->checkpoint(key).value();
  EXPECT_EQ(first.from, 1u);
  EXPECT_EQ(first.to, 5u);
  EXPECT_EQ(first.hash, link(5).hash());
  EXPECT_TRUE(first.is_signed());
  EXPECT_EQ(link(6).kind, ChainLink::Kind::checkpoint);
  EXPECT_EQ(link(6).digest, sha256_of(first.line));
  EXPECT_EQ(database->get(Column::meta, keys::checkpoint(5)).value(), first.line);
  ASSERT_TRUE(chain->write(ChainLink::Kind::action, "{}"));
  open();
  const auto second = chain->checkpoint(key).value();
  EXPECT_EQ(second.from, 6u);
  EXPECT_EQ(second.to, 7u);
  EXPECT_EQ(second.root, merkle_root({merkle_leaf(link(6).hash()), merkle_leaf(link(7).hash())}));
}

TEST_F(ChainTest, ReadsACheckpointOutOfALineOfSyslogAndNoOther) {
  open();
  const NodeKey key = NodeKey::open(*database, Database::Mode::read_write).value();
  ASSERT_TRUE(chain->write(ChainLink::Kind::action, "{}"));
  const std::string line = chain->checkpoint(key).value().line;
  const auto read = Checkpoint::parse("<109>1 2026-11-26T08:00:00Z gate sinkfeed 7 checkpoint - " + line + "\r");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->line, line);
  EXPECT_TRUE(read->is_signed());
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string changed = line;
    changed[i] = changed[i] == '1' ? '2' : '1';
    const auto other = Checkpoint::parse(changed);
    EXPECT_FALSE(other && other->is_signed()) << changed;
  }
  EXPECT_FALSE(Checkpoint::parse(line.substr(0, line.size() - 1)));
  EXPECT_FALSE(Checkpoint::parse(""));
}

// The tree of RFC 6962 2.1.3, with the leaves d0 to d6.
TEST(Merkle, PathsLeadToTheRoot) {
  for (std::size_t size = 1; size <= 17; ++size) {
    std::vector<std::string> leaves;
    for (std::size_t i = 0; i < size; ++i) leaves.push_back(merkle_leaf("d" + std::to_string(i)));
    const auto paths = merkle_paths(leaves);
    for (std::size_t leaf = 0; leaf < size; ++leaf) {
      // RFC 9162 2.1.3.2
      std::string hash = leaves[leaf];
      std::size_t at = leaf, last = size - 1;
      for (const std::string& beside : paths[leaf]) {
        if (at % 2 || at == last) {
          hash = sha256_of('\1' + beside + hash);
          while (at % 2 == 0 && at) at /= 2, last /= 2;
        } else {
          hash = sha256_of('\1' + hash + beside);
        }
        at /= 2, last /= 2;
      }
      EXPECT_EQ(hash, merkle_root(leaves)) << size << " " << leaf;
    }
  }
  EXPECT_EQ(to_hex(merkle_root({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(LinkRanges, AreWrittenAndReadBack) {
  EXPECT_EQ(link_ranges_text({7, 1, 2, 3, 9, 10}), "1-3,7,9-10");
  EXPECT_EQ(parse_link_ranges("1-3,7,9-10").value(), (LinkRanges{{1, 3}, {7, 7}, {9, 10}}));
  EXPECT_TRUE(parse_link_ranges("").value().empty());
  for (const char* wrong : {"x", "1-", "3-1", "1,,2", "1 ", "-1"}) EXPECT_FALSE(parse_link_ranges(wrong)) << wrong;
}

TEST(Sha256, TextsOfBytesAreReadBack) {
  std::string bytes;
  for (int size = 0; size < 40; ++size) {
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
    if (size) {
      EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    }
    bytes += static_cast<char>(250 + 7 * size);
  }
  for (const char* wrong : {"", "a", "====", "QQ=a", "QR==", "Q?=="}) EXPECT_FALSE(from_base64(wrong)) << wrong;
}

}  // namespace
}  // namespace sinkfeed
