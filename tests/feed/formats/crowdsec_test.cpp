#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct Crowdsec : testing::Test {
  const FeedFormat& format = *find_format("crowdsec");
  const std::vector<LedgerEntry> known = sample_entries();
  FeedContent content = sample_for(format, known);
};

TEST_F(Crowdsec, IsWhatTheLocalApiAnswers) {
  EXPECT_EQ(format.render(content),
            "{\"new\":[\n"
            "{\"id\":2722932662154805,\"origin\":\"sinkfeed\",\"type\":\"ban\",\"scope\":\"Ip\",\"value\":"
            "\"74.125.140.125\",\"duration\":\"24h0m0s\",\"scenario\":\"sinkfeed/google-talk\"},\n"
            "{\"id\":1899671310125723,\"origin\":\"sinkfeed\",\"type\":\"ban\",\"scope\":\"Range\",\"value\":"
            "\"203.0.114.16/28\",\"duration\":\"24h0m0s\",\"scenario\":\"sinkfeed/google-talk\"},\n"
            "{\"id\":253620156153153,\"origin\":\"sinkfeed\",\"type\":\"ban\",\"scope\":\"Ip\",\"value\":"
            "\"216.239.37.125\",\"duration\":\"24h0m0s\",\"scenario\":\"sinkfeed/google-talk\"},\n"
            "{\"id\":4759290069931193,\"origin\":\"sinkfeed\",\"type\":\"ban\",\"scope\":\"Ip\",\"value\":\"2a00:"
            "1450:400c:c06::7d\",\"duration\":\"24h0m0s\",\"scenario\":\"sinkfeed/google-talk\"}\n"
            "],\"deleted\":[]}\n");
}

TEST_F(Crowdsec, OfAnEmptyListHasNothingNew) {
  content.networks = {};
  const boost::json::value document = boost::json::parse(format.render(content));
  EXPECT_EQ(document.at("new").as_array().size(), 0u);
  EXPECT_EQ(document.at("deleted").as_array().size(), 0u);
}

TEST_F(Crowdsec, NumbersAnAddressTheSameInEveryEdition) {
  const auto id = [this](std::size_t at) {
    return boost::json::parse(format.render(content)).at("new").as_array().at(at).at("id").as_int64();
  };
  const std::int64_t before = id(2);
  content.networks = without_first(content.networks);
  content.edition = "fedcba9876543210";
  EXPECT_EQ(id(1), before);
  EXPECT_GT(before, 0);
  EXPECT_LT(before, std::int64_t{1} << 53);
}

// A bouncer bans an address on every port.
TEST_F(Crowdsec, NeverHoldsWhatOthersNeed) { EXPECT_TRUE(format.facts().blocks_every_port); }

}  // namespace
}  // namespace sinkfeed
