// The formats in JSON that other publishers or products have made known.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

struct JsonLists : testing::Test {
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
  std::string body(std::string_view extension) const { return find_format(extension)->render(content); }
  boost::json::value parsed(std::string_view extension) const { return boost::json::parse(body(extension)); }
};

TEST_F(JsonLists, FortiGateReadsNameValueAndDescription) {
  EXPECT_EQ(body("fortigate.json"),
            "{\"feed\":\"google-talk\",\"edition\":\"0123456789abcdef\",\"entries\":[\n"
            "{\"name\":\"sf_4a7d8c7d\",\"value\":\"74.125.140.125\",\"description\":\"sinkfeed google-talk\"},\n"
            "{\"name\":\"sf_cb007210_28\",\"value\":\"203.0.114.16/28\",\"description\":\"sinkfeed google-talk\"},\n"
            "{\"name\":\"sf_d8ef257d\",\"value\":\"216.239.37.125\",\"description\":\"sinkfeed google-talk\"},\n"
            "{\"name\":\"sf_2a001450400c0c06000000000000007d\",\"value\":\"2a00:1450:400c:c06::7d\","
            "\"description\":\"sinkfeed google-talk\"}\n]}\n");
  EXPECT_EQ(parsed("fortigate.json").at("entries").as_array().size(), 4u);
}

TEST_F(JsonLists, AwsHasTheFamiliesApart) {
  EXPECT_EQ(body("aws.json"),
            "{\"syncToken\":\"1800000061\",\"createDate\":\"2027-01-15-08-01-01\",\"prefixes\":[\n"
            "{\"ip_prefix\":\"74.125.140.125/32\",\"region\":\"GLOBAL\",\"service\":\"google-talk\","
            "\"network_border_group\":\"GLOBAL\"},\n"
            "{\"ip_prefix\":\"203.0.114.16/28\",\"region\":\"GLOBAL\",\"service\":\"google-talk\","
            "\"network_border_group\":\"GLOBAL\"},\n"
            "{\"ip_prefix\":\"216.239.37.125/32\",\"region\":\"GLOBAL\",\"service\":\"google-talk\","
            "\"network_border_group\":\"GLOBAL\"}],\"ipv6_prefixes\":[\n"
            "{\"ipv6_prefix\":\"2a00:1450:400c:c06::7d/128\",\"region\":\"GLOBAL\",\"service\":\"google-talk\","
            "\"network_border_group\":\"GLOBAL\"}]}\n");
  EXPECT_EQ(parsed("aws.json").at("prefixes").as_array().size(), 3u);
}

TEST_F(JsonLists, GoogleHasTheFamiliesInOneList) {
  EXPECT_EQ(body("goog.json"),
            "{\"syncToken\":\"1800000061000\",\"creationTime\":\"2027-01-15T08:01:01.000000\",\"prefixes\":[\n"
            "{\"ipv4Prefix\":\"74.125.140.125/32\"},\n{\"ipv4Prefix\":\"203.0.114.16/28\"},\n"
            "{\"ipv4Prefix\":\"216.239.37.125/32\"},\n{\"ipv6Prefix\":\"2a00:1450:400c:c06::7d/128\"}]}\n");
  EXPECT_EQ(parsed("goog.json").at("prefixes").as_array().size(), 4u);
}

TEST_F(JsonLists, AreWholeDocumentsWithoutAnyEntry) {
  content.networks = {};
  EXPECT_TRUE(parsed("fortigate.json").at("entries").as_array().empty());
  EXPECT_TRUE(parsed("aws.json").at("prefixes").as_array().empty());
  EXPECT_TRUE(parsed("aws.json").at("ipv6_prefixes").as_array().empty());
  EXPECT_TRUE(parsed("goog.json").at("prefixes").as_array().empty());
}

}  // namespace
}  // namespace sinkfeed
