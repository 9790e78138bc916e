// Blocks: what goes in comes out, and any damage is told.
#include "store/history_block.hpp"

#include <gtest/gtest.h>

#include <set>

#include "store/history_fingerprints.hpp"
#include "store/history_part.hpp"
#include "store/name_filter.hpp"
#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

using test::Random;

std::vector<QueryRecord> random_records(Random& random, std::size_t rows) {
  std::vector<QueryRecord> records;
  for (std::size_t i = 0; i < rows; ++i) {
    // Names, clients and answers come again, as they do in life.
    records.push_back(i > 0 && test::below(random, 2) == 0 ? records[test::below(random, i)]
                                                           : test::random_record(random));
  }
  return records;
}

void expect_same(const std::vector<QueryRecord>& in, const std::vector<QueryRecord>& out) {
  ASSERT_EQ(in.size(), out.size());
  for (std::size_t i = 0; i < in.size(); ++i)
    ASSERT_EQ(test::everything(in[i]), test::everything(out[i])) << "row " << i;
}

TEST(HistoryBlock, GivesBackWhatItTook) {
  Random random{1};
  for (int round = 0; round < 100; ++round) {
    const auto records = random_records(random, 1 + test::below(random, 200));
    const auto decoded = decode_block(encode_block(test::columns_of(records)));
    ASSERT_TRUE(decoded) << decoded.error().what;
    expect_same(records, *decoded);
  }
}

TEST(HistoryBlock, KeepsTheExtremes) {
  std::vector<QueryRecord> records(4);
  records[0].time = test::at(std::numeric_limits<std::int64_t>::max());
  records[1].time = test::at(std::numeric_limits<std::int64_t>::min());
  records[1].latency_us = 0xffffffff;
  records[1].gap_count = 0;
  std::string longest;
  for (int label = 0; label < 127; ++label) longest += "a.";
  records[2].name = test::dns(longest);
  ASSERT_EQ(records[2].name.wire().size(), 255U);
  records[3].kind = QueryRecord::Kind::gap;
  records[3].gap_count = ~std::uint64_t{0};
  records[2].rule = std::string(255, 'r');
  for (int i = 0; i < 15; ++i) PackedAnswers::append(records[2].answers, 16, std::string(255, 'x'));
  const auto decoded = decode_block(encode_block(test::columns_of(records)));
  ASSERT_TRUE(decoded) << decoded.error().what;
  expect_same(records, *decoded);
}

TEST(HistoryBlock, TakesAFullBlockInFewBytesARow) {
  Random random{2};
  std::vector<QueryRecord> records;
  std::vector<DnsName> names;
  for (int i = 0; i < 2000; ++i) names.push_back(test::random_name(random));
  std::int64_t time = 1'790'000'000'000'000;
  for (std::size_t i = 0; i < kBlockRows; ++i) {
    QueryRecord& r = records.emplace_back();
    r.time = test::at(time += static_cast<std::int64_t>(test::below(random, 2000)));
    const std::array<std::uint8_t, 4> client{10, 0, 0, static_cast<std::uint8_t>(random())};
    r.client = IpAddress::v4(client);
    r.client_port = static_cast<std::uint16_t>(random());
    const std::size_t name = test::below(random, names.size());
    r.name = names[name];
    r.type = 1;
    PackedAnswers::append(r.answers, 1, std::to_string(1000 + name));
    r.latency_us = static_cast<std::uint32_t>(test::below(random, 100));
  }
  const std::string block = encode_block(test::columns_of(records));
  EXPECT_LT(block.size(), kBlockRows * 20);
  const auto decoded = decode_block(block);
  ASSERT_TRUE(decoded) << decoded.error().what;
  expect_same(records, *decoded);
}

std::vector<std::string> digests_of(std::string_view block) {
  auto digests = block_digests(block);
  EXPECT_TRUE(digests);
  return digests ? *digests : std::vector<std::string>();
}

TEST(HistoryBlock, MergedBlocksKeepTheirRowsAndWhatTheChainCommitsTo) {
  Random random{4};
  std::vector<std::string> blocks, digests;
  std::vector<QueryRecord> all;
  for (int block = 0; block < 20; ++block) {
    const auto records = random_records(random, 1 + test::below(random, 60));
    all.insert(all.end(), records.begin(), records.end());
    blocks.push_back(encode_block(test::columns_of(records)));
    digests.push_back(digests_of(blocks.back()).at(0));
  }
  const auto merged = merge_blocks(blocks);
  ASSERT_TRUE(merged);
  const auto again = merge_blocks({*merged, blocks[0]});
  ASSERT_TRUE(again);
  expect_same(all, decode_block(*merged).value());
  EXPECT_EQ(digests_of(*merged), digests);
  digests.push_back(digests[0]);
  EXPECT_EQ(digests_of(*again), digests);
}

// What an answer leads to was not asked for: a filter that had it would say yes to more than it has to.
TEST(HistoryBlock, WhatCanBeSearchedForIsWhatWasAskedForAndTheAddressesOfAnswers) {
  QueryRecord record = test::numbered(1);
  record.name = test::dns("www.site.example");
  record.answers.clear();
  PackedAnswers::append(record.answers, 5, test::dns("edge.cdn.test").wire());
  PackedAnswers::append(record.answers, 1, std::string_view("\xc0\0\2\7", 4));
  const BlockHashes found = encode_with_evidence(test::columns_of({record, record})).hashes;
  EXPECT_EQ(found.rows, 2u);
  EXPECT_FALSE(found.has_gaps);
  const std::set<std::uint64_t> hashes(found.hashes.begin(), found.hashes.end());
  EXPECT_EQ(hashes, (std::set{hash_of_name(record.name.wire()), hash_of_below(test::dns("site.example").wire()),
                              hash_of_below(test::dns("example").wire()), hash_of_answer(test::ip("192.0.2.7"))}));
}

TEST(HistoryBlock, ItsWordsAreThoseOfWhichItHasHashes) {
  Random random{23};
  const std::string block = encode_block(test::columns_of(random_records(random, 300)));
  random = Random{23};
  const BlockHashes found = encode_with_evidence(test::columns_of(random_records(random, 300))).hashes;
  const BlockWords words = words_of_block(block).value();
  std::set<std::uint64_t> of_words;
  const auto put = [&](std::uint64_t hash) { of_words.insert(hash); };
  for (const std::string& name : words.names) put_name_hashes(name, put);
  for (const std::string& packed : words.answers) put_answer_hashes(packed, put);
  EXPECT_EQ(of_words, std::set<std::uint64_t>(found.hashes.begin(), found.hashes.end()));
  EXPECT_EQ(words.has_gaps, found.has_gaps);
}

TEST(HistoryBlock, ItsFingerprintsAreThoseOfTheRowsThatAreReadBack) {
  Random random{17};
  for (const std::size_t rows : {1, 1024, 1025, 5000}) {
    const EncodedBlock encoded = encode_with_evidence(test::columns_of(random_records(random, rows)));
    auto packed = history_layout::PackedBlock::open(encoded.bytes);
    ASSERT_TRUE(packed);
    HistoryPart part(*packed, 0);
    EXPECT_EQ(fingerprints_of(part), encoded.fingerprints);
    EXPECT_FALSE(changed_rows(part, encoded.fingerprints));
  }
}

TEST(HistoryBlock, AnErasedClientIsGoneAndTheDigestTheSame) {
  Random random{5};
  std::vector<QueryRecord> records;
  for (std::uint64_t i = 0; i < 500; ++i) {
    records.push_back(test::numbered(i));
    records.back().client = test::ip(i % 3 ? "10.0.0.7" : i % 2 ? "2001:db8::7" : "10.0.0.8");
  }
  const std::string block = encode_block(test::columns_of(records));
  for (const char* client : {"10.0.0.7", "2001:db8::7"}) {
    const auto erased = erase_client(block, test::ip(client));
    ASSERT_TRUE(erased && *erased);
    EXPECT_EQ(digests_of(**erased), digests_of(block));
    std::vector<QueryRecord> expected = records;
    for (auto& record : expected) {
      if (record.client == test::ip(client)) record.client = {};
    }
    expect_same(expected, decode_block(**erased).value());
    EXPECT_EQ(erase_client(**erased, test::ip(client)).value(), std::nullopt);
    // What is left of two of them in a merged block is as whole.
    const auto merged = merge_blocks({**erased, block});
    ASSERT_TRUE(merged);
    EXPECT_EQ(digests_of(*merged), (std::vector{digests_of(block)[0], digests_of(block)[0]}));
  }
  EXPECT_EQ(erase_client(block, test::ip("10.0.0.9")).value(), std::nullopt);
}

// The same client has another hash in each block, so that nobody finds him by trying all addresses.
TEST(HistoryBlock, TheDigestOfTheSameRowsIsAnotherEachTime) {
  const auto columns = test::columns_of({test::numbered(1)});
  EXPECT_NE(digests_of(encode_block(columns)), digests_of(encode_block(columns)));
}

TEST(HistoryBlock, TellsDamage) {
  Random random{3};
  const auto records = random_records(random, 50);
  const std::string good = encode_block(test::columns_of(records));
  for (std::size_t length = 0; length < good.size(); ++length) EXPECT_FALSE(decode_block(good.substr(0, length)));
  for (int round = 0; round < 5000; ++round) {
    std::string bad = good;
    for (std::uint64_t n = 1 + test::below(random, 3); n > 0; --n)
      bad[test::below(random, bad.size())] ^= static_cast<char>(1 + test::below(random, 255));
    if (const auto decoded = decode_block(bad)) expect_same(records, *decoded);  // a byte flipped there and back
  }
  EXPECT_FALSE(decode_block(""));
  EXPECT_FALSE(decode_block("\x02"));
  EXPECT_NE(decode_block("\x01").error().what.find("version 1"), std::string::npos);
}

}  // namespace
}  // namespace sinkfeed
