#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::StartsWith;

struct Misp : testing::Test {
  const FeedFormat& format = *find_format("misp.json");
  const std::vector<LedgerEntry> known = sample_entries();
  FeedContent content = sample_for(format, known);
};

TEST_F(Misp, IsAnEventWithAnAttributeForEachAddressAndPort) {
  const std::string body = format.render(content);
  EXPECT_THAT(
      body, StartsWith(
                "{\"Event\":{\"uuid\":\"e067c9c6-91c3-5f3e-8976-f8af90c05ec3\",\"info\":\"sinkfeed "
                "google-talk\",\"date\":\"2027-01-15\",\"timestamp\":\"1800000061\",\"publish_timestamp\":"
                "\"1800000061\",\"published\":true,\"analysis\":\"2\",\"threat_level_id\":\"4\",\"distribution\":\"0\","
                "\"Orgc\":{\"name\":\"sinkfeed\",\"uuid\":\"c59c95d1-f1b1-5dbb-8edb-b5bf7a1ecfb9\"},\"Attribute\":[\n"
                "{\"uuid\":\"acdac48b-14b7-517c-bdfa-f92538e6d717\",\"type\":\"ip-dst|port\",\"category\":\"Network "
                "activity\",\"to_ids\":true,\"distribution\":\"5\",\"timestamp\":\"1800000061\",\"value\":"
                "\"74.125.140.125|80\"},\n"));
  const boost::json::value event = boost::json::parse(body).at("Event");
  ASSERT_EQ(event.at("Attribute").as_array().size(), 12u);
  EXPECT_EQ(event.at("Attribute").as_array().at(11).at("value").as_string(), "2a00:1450:400c:c06::7d|5223");
}

TEST_F(Misp, KeepsItsEventAndAttributesFromEditionToEdition) {
  const boost::json::value before = boost::json::parse(format.render(content)).at("Event");
  content.networks = without_first(content.networks);
  content.edition = "fedcba9876543210";
  content.changed = sample_time(90);
  const boost::json::value after = boost::json::parse(format.render(content)).at("Event");
  EXPECT_EQ(after.at("uuid"), before.at("uuid"));
  EXPECT_EQ(after.at("Attribute").as_array().at(0).at("uuid"), before.at("Attribute").as_array().at(4).at("uuid"));
  EXPECT_EQ(after.at("timestamp").as_string(), "1800000090");
  content.name = "google-talk-all";
  EXPECT_NE(boost::json::parse(format.render(content)).at("Event").at("uuid"), before.at("uuid"));
}

TEST_F(Misp, HasAUuidOfItsOwnForEachAttribute) {
  std::set<std::string> seen;
  const boost::json::value event = boost::json::parse(format.render(content)).at("Event");
  for (const boost::json::value& attribute : event.at("Attribute").as_array())
    EXPECT_TRUE(seen.emplace(attribute.at("uuid").as_string()).second);
}

TEST_F(Misp, OfAnEmptyListHasNoAttribute) {
  content.networks = {};
  EXPECT_EQ(boost::json::parse(format.render(content)).at("Event").at("Attribute").as_array().size(), 0u);
}

TEST_F(Misp, TellsWhatOthersNeedOnTheMessengersOwnPortsAlone) {
  content.networks = {};
  content.shared = {network("142.250.1.1")};
  content.shared_ports = {5222, 5223};
  const boost::json::value event = boost::json::parse(format.render(content)).at("Event");
  ASSERT_EQ(event.at("Attribute").as_array().size(), 2u);
  EXPECT_EQ(event.at("Attribute").as_array().at(0).at("value").as_string(), "142.250.1.1|5222");
}

}  // namespace
}  // namespace sinkfeed
