#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

using Row = std::vector<std::string>;

// RFC 4180, strictly: records end in CRLF, a quote in a quoted field is doubled, and nothing else has quotes.
std::vector<Row> parsed(const std::string& text) {
  std::vector<Row> rows;
  Row row;
  std::string field;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      for (at++;; at++) {
        if (text.at(at) == '"' && (at + 1 == text.size() || text[++at] != '"')) break;
        field += text.at(at);
      }
    } else {
      while (at < text.size() && std::string_view(",\r\n\"").find(text[at]) == std::string_view::npos)
        field += text[at++];
    }
    row.push_back(std::move(field));
    field.clear();
    if (text.at(at) == ',') {
      at++;
    } else {
      EXPECT_EQ(text.substr(at, 2), "\r\n");
      at += 2;
      rows.push_back(std::move(row));
      row.clear();
    }
  }
  return rows;
}

struct Csv : testing::Test {
  const FeedFormat& format = *find_format("csv");
  std::vector<LedgerEntry> known = sample_entries();
};

TEST_F(Csv, TellsWhenAndUnderWhichNamesAnAddressWasSeen) {
  known[0].evidence.push_back(sample_entry("74.125.140.125", "chat.google.com").evidence.front());
  known[0].evidence.push_back(sample_entry("74.125.140.125", ".").evidence.front());
  known[1].evidence.front().name = known[0].evidence.front().name;
  known.pop_back();
  EXPECT_EQ(format.render(sample_for(format, known)),
            "address,cidr,family,first_seen,last_seen,count,names\r\n"
            "74.125.140.125,74.125.140.125/32,4,2027-01-15T08:00:00Z,2027-01-15T08:01:00Z,3,"
            "\"chat.google.com talk.google.com\"\r\n"
            "216.239.37.125,216.239.37.125/32,4,2027-01-15T08:00:00Z,2027-01-15T08:01:00Z,3,\"talk.google.com\"\r\n"
            "2a00:1450:400c:c06::7d,2a00:1450:400c:c06::7d/128,6,,,,\r\n");
}

TEST_F(Csv, NoNameLeavesItsFieldOrIsCalculated) {
  known = {sample_entry("74.125.140.125", "=cmd|\"/c\\032calc\",1\\013\\010!a0.google.com"),
           sample_entry("216.239.37.125", "-2+3.google.com"), sample_entry("2a00:1450:400c:c06::7d", kHostileName)};
  known[1].evidence.push_back(sample_entry("216.239.37.125", "@sum(a1).google.com").evidence.front());
  const auto rows = parsed(format.render(sample_for(format, known)));
  ASSERT_THAT(rows, SizeIs(4));
  for (const Row& row : rows) ASSERT_THAT(row, SizeIs(7));
  EXPECT_EQ(rows[1][6], "_cmd___c_032calc__1_013_010_a0.google.com");
  EXPECT_EQ(rows[2][6], "'-2_3.google.com _sum_a1_.google.com");
  EXPECT_EQ(rows[3][6].find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-"), std::string::npos) << rows[3][6];
  EXPECT_TRUE(rows[3][6].ends_with(".google.com"));
}

TEST_F(Csv, AnEmptyOneHasItsHeader) {
  FeedContent content = sample_for(format, known);
  content.networks = {};
  EXPECT_THAT(parsed(format.render(content)),
              ElementsAre(Row{"address", "cidr", "family", "first_seen", "last_seen", "count", "names"}));
}

}  // namespace
}  // namespace sinkfeed
