#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

const std::string kUuid5 = "[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
const std::string kTimestamp = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z";

std::string text(const boost::json::value& object, std::string_view member) {
  return std::string(object.at(member).as_string());
}

struct Stix : testing::Test {
  const FeedFormat& format = *find_format("stix");
  std::vector<LedgerEntry> known = sample_entries();
  FeedContent content = sample_for(format, known);
  boost::json::array objects() const { return boost::json::parse(format.render(content)).at("objects").as_array(); }
};

TEST_F(Stix, IsABundleOfAnIdentityAndIndicators) {
  EXPECT_THAT(
      format.render(content),
      StartsWith("{\"type\":\"bundle\",\"id\":\"bundle--d61c5ce1-ef0c-504e-9d7e-99dd54670b43\",\"objects\":[\n"
                 "{\"type\":\"identity\",\"spec_version\":\"2.1\",\"id\":"
                 "\"identity--a3337840-8981-5e2d-a551-232c5c963502\",\"created\":\"2026-01-01T00:00:00.000Z\","
                 "\"modified\":\"2026-01-01T00:00:00.000Z\",\"name\":\"sinkfeed\",\"identity_class\":\"system\"},"
                 "\n"
                 "{\"type\":\"indicator\",\"spec_version\":\"2.1\",\"id\":"
                 "\"indicator--a036fd70-b527-5da7-8461-c78088661fd3\",\"created_by_ref\":"
                 "\"identity--a3337840-8981-5e2d-a551-232c5c963502\",\"created\":\"2027-01-15T08:00:00.000Z\","
                 "\"modified\":\"2027-01-15T08:00:00.000Z\",\"name\":\"74.125.140.125\",\"indicator_types\":"
                 "[\"unwanted\"],\"pattern\":\"[ipv4-addr:value = "
                 "'74.125.140.125']\",\"pattern_type\":\"stix\",\"valid_from\":\"2027-01-15T08:00:00.000Z\","
                 "\"labels\":[\"google-talk\"]},\n"));
  EXPECT_EQ(objects().size(), 4u);
}

// What STIX 2.1 requires: 3.2 (common properties), 4.5.1 and 4.7.1 (identity, indicator), 8 (bundle).
TEST_F(Stix, HasWhatTheStandardRequires) {
  const boost::json::value bundle = boost::json::parse(format.render(content));
  EXPECT_EQ(bundle.at("type").as_string(), "bundle");
  EXPECT_THAT(text(bundle, "id"), MatchesRegex("bundle--" + kUuid5));
  EXPECT_EQ(bundle.as_object().size(), 3u);
  std::set<std::string> ids;
  for (const boost::json::value& object : bundle.at("objects").as_array()) {
    const std::string type = text(object, "type");
    EXPECT_EQ(text(object, "spec_version"), "2.1");
    EXPECT_THAT(text(object, "id"), MatchesRegex(type + "--" + kUuid5));
    EXPECT_TRUE(ids.insert(text(object, "id")).second);
    EXPECT_THAT(text(object, "created"), MatchesRegex(kTimestamp));
    EXPECT_THAT(text(object, "modified"), MatchesRegex(kTimestamp));
    EXPECT_GE(text(object, "modified"), text(object, "created"));
    if (type == "identity") {
      EXPECT_EQ(text(object, "name"), "sinkfeed");
      continue;
    }
    ASSERT_EQ(type, "indicator");
    EXPECT_TRUE(ids.contains(text(object, "created_by_ref")));
    EXPECT_EQ(object.at("indicator_types").as_array().size(), 1u);
    EXPECT_THAT(text(object, "pattern"), MatchesRegex("\\[ipv[46]-addr:value = '[0-9a-f.:]+'\\]"));
    EXPECT_EQ(text(object, "pattern_type"), "stix");
    EXPECT_THAT(text(object, "valid_from"), MatchesRegex(kTimestamp));
  }
}

TEST_F(Stix, KeepsAnIndicatorFromEditionToEdition) {
  const boost::json::value before = objects().at(2);
  content.networks = without_first(content.networks);
  content.edition = "fedcba9876543210";
  content.changed = sample_time(90);
  EXPECT_EQ(objects().at(1), before);
}

TEST_F(Stix, GivesWhatTheLedgerHasForgottenTheGenerationsTime) {
  known.erase(known.begin());
  EXPECT_EQ(text(objects().at(1), "valid_from"), "2027-01-15T08:01:01.000Z");
  EXPECT_EQ(text(objects().at(2), "valid_from"), "2027-01-15T08:00:00.000Z");
}

TEST_F(Stix, OfAnEmptyListIsTheIdentityAlone) {
  content.networks = {};
  ASSERT_EQ(objects().size(), 1u);
  EXPECT_EQ(text(objects().at(0), "type"), "identity");
}

TEST_F(Stix, TellsNoNameThatSomebodyElseChose) {
  const std::string body = format.render(content);
  for (const char* hostile : {"google.com", "evil", "$(", "<", "`", "Google"})
    EXPECT_THAT(body, Not(HasSubstr(hostile)));
}

}  // namespace
}  // namespace sinkfeed
