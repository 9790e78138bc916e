// Blocks: what goes in comes out, and any damage is told.
#include "store/history_block.hpp"

#include <gtest/gtest.h>

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
