#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct Json : testing::Test {
  const FeedFormat& format = *find_format("json");
  std::vector<LedgerEntry> known = sample_entries();
};

TEST_F(Json, IsReadableByMachinesWithEvidenceAndPorts) {
  const boost::json::value document = boost::json::parse(format.render(sample_for(format, known)));
  EXPECT_EQ(document.at("generation").as_int64(), 7);
  EXPECT_EQ(document.at("ports").as_array().size(), 4u);
  const boost::json::value& entry = document.at("entries").as_array().at(0);
  EXPECT_EQ(entry.at("address").as_string(), "74.125.140.125");
  EXPECT_EQ(entry.at("cidr").as_string(), "74.125.140.125/32");
  EXPECT_EQ(entry.at("evidence").as_array().at(0).at("name").as_string(), "talk.google.com");
  EXPECT_EQ(entry.at("last_seen").as_string(), format_time(sample_time(60)));
}

TEST_F(Json, TellsOfAnAddressThatTheLedgerHasForgottenNothingButIt) {
  known.erase(known.begin());
  const boost::json::value document = boost::json::parse(format.render(sample_for(format, known)));
  ASSERT_EQ(document.at("entries").as_array().size(), 3u);
  EXPECT_EQ(document.at("entries").as_array().at(0).as_object().if_contains("evidence"), nullptr);
  EXPECT_EQ(document.at("entries").as_array().at(1).at("evidence").as_array().size(), 1u);
}

}  // namespace
}  // namespace sinkfeed
