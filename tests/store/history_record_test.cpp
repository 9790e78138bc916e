// Names of types and codes, and packed answers.
#include "store/history_record.hpp"

#include <gtest/gtest.h>

#include "tests/store/history_samples.hpp"

namespace sinkfeed {
namespace {

TEST(HistoryRecord, NamesEveryTypeAndReadsItBack) {
  for (unsigned type = 0; type <= 0xffff; ++type) {
    EXPECT_EQ(parse_type(type_name(static_cast<std::uint16_t>(type))), type);
  }
  EXPECT_EQ(type_name(1), "A");
  EXPECT_EQ(type_name(65), "HTTPS");
  EXPECT_EQ(type_name(1234), "TYPE1234");
  EXPECT_EQ(parse_type("aaaa"), 28);
  EXPECT_EQ(parse_type("type65"), 65);
  EXPECT_EQ(parse_type("257"), 257);
  for (const auto* const wrong : {"", "TYPE", "TYPE65536", "65536", "A A", "TYPE-1", "TYPE1x"}) {
    EXPECT_EQ(parse_type(wrong), std::nullopt) << wrong;
  }
}

TEST(HistoryRecord, NamesEveryRcodeAndReadsItBack) {
  for (unsigned rcode = 0; rcode <= 0xff; ++rcode) {
    EXPECT_EQ(parse_rcode(rcode_name(static_cast<std::uint8_t>(rcode))), rcode);
  }
  EXPECT_EQ(rcode_name(3), "NXDOMAIN");
  EXPECT_EQ(rcode_name(12), "RCODE12");
  EXPECT_EQ(parse_rcode("servfail"), 2);
  EXPECT_EQ(parse_rcode("256"), std::nullopt);
}

TEST(HistoryRecord, PacksAnswersAndShowsThem) {
  std::string packed;
  PackedAnswers::append(packed, 5, test::dns("talk.l.google.com").wire());
  PackedAnswers::append(packed, 1, std::string("\xc0\x00\x02\x01", 4));
  PackedAnswers::append(packed, 16, std::string(300, 't'));
  PackedAnswers::append(packed, 65, std::string("\0\1\0\0\1\0\3\2h2", 10));
  const auto items = PackedAnswers::items(packed);
  ASSERT_EQ(items.size(), 4U);
  EXPECT_EQ(items[3].text(), "HTTPS 1 . alpn=h2");
  EXPECT_EQ(items[0].text(), "CNAME talk.l.google.com.");
  EXPECT_EQ(items[0].address(), std::nullopt);
  EXPECT_EQ(items[1].text(), "192.0.2.1");
  EXPECT_EQ(items[1].address(), test::ip("192.0.2.1"));
  EXPECT_EQ(items[2].bytes.size(), 255U);
  EXPECT_TRUE(items[2].text().starts_with("TXT \\# 255 7474")) << items[2].text();
}

TEST(HistoryRecord, StopsAtAnAnswerThatDoesNotFit) {
  std::string packed;
  PackedAnswers::append(packed, 1, "1234");
  PackedAnswers::append(packed, 1, "5678");
  for (std::size_t length = 0; length < packed.size(); ++length) {
    EXPECT_EQ(PackedAnswers::items(std::string_view{packed}.substr(0, length)).size(), length < 7 ? 0U : 1U);
  }
}

}  // namespace
}  // namespace sinkfeed
