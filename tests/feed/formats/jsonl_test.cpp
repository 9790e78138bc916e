#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <sstream>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct JsonLines : testing::Test {
  const FeedFormat& format = *find_format("jsonl");
  std::vector<LedgerEntry> known = sample_entries();

  static std::vector<boost::json::value> parsed(const std::string& body) {
    EXPECT_TRUE(body.ends_with("\n"));
    std::vector<boost::json::value> values;
    std::istringstream lines(body);
    for (std::string line; std::getline(lines, line);) values.push_back(boost::json::parse(line));
    return values;
  }
};

TEST_F(JsonLines, IsAnObjectALineAndItsCountInTheLast) {
  known.pop_back();
  const std::string body = format.render(sample_for(format, known));
  const std::string first =
      "{\"cidr\":\"74.125.140.125/32\",\"address\":\"74.125.140.125\",\"family\":4,"
      "\"first_seen\":\"2027-01-15T08:00:00Z\",\"last_seen\":\"2027-01-15T08:01:00Z\",\"count\":3,"
      "\"names\":[\"talk.google.com\"]}\n";
  EXPECT_EQ(body.substr(0, first.size()), first);
  const auto values = parsed(body);
  ASSERT_EQ(values.size(), 4u);
  EXPECT_EQ(values[2], boost::json::parse("{\"cidr\":\"2a00:1450:400c:c06::7d/128\","
                                          "\"address\":\"2a00:1450:400c:c06::7d\",\"family\":6}"));
  const boost::json::value& last = values.back();
  EXPECT_EQ(last.at("type").as_string(), "metadata");
  EXPECT_EQ(last.at("feed").as_string(), "google-talk");
  EXPECT_EQ(last.at("edition").as_string(), "0123456789abcdef");
  EXPECT_EQ(last.at("timestamp").as_int64(), 1'800'000'061);
  EXPECT_EQ(last.at("records").to_number<int>(), 3);
  // Of all that stands before it.
  EXPECT_EQ(last.at("size").to_number<std::size_t>(), body.rfind("{\"type\""));
}

TEST_F(JsonLines, NoNameLeavesItsStringOrItsLine) {
  known[1] = sample_entry("216.239.37.125", "a\\010\\\"}\\\\.<script>.google.com");
  const auto values = parsed(format.render(sample_for(format, known)));
  ASSERT_EQ(values.size(), 4u);
  for (const std::size_t at : {1u, 2u}) {
    const auto& names = values[at].at("names").as_array();
    ASSERT_EQ(names.size(), 1u);
    const std::string name(names[0].as_string());
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-"), std::string::npos) << name;
    EXPECT_TRUE(name.ends_with(".google.com")) << name;
  }
}

TEST_F(JsonLines, AnEmptyOneIsItsLastLine) {
  FeedContent content = sample_for(format, known);
  content.networks = {};
  const auto values = parsed(format.render(content));
  ASSERT_EQ(values.size(), 1u);
  EXPECT_EQ(values[0].at("records").to_number<int>(), 0);
}

}  // namespace
}  // namespace sinkfeed
