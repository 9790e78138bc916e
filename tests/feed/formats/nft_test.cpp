#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Nft : testing::Test {
  const FeedFormat& format = *find_format("nft");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Nft, ReplacesTheSetsAndRulesOfItsFeed) {
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("add element inet sinkfeed v4_google_talk {\n  74.125.140.125, 203.0.114.16/28, "
                              "216.239.37.125 }\n"));
  EXPECT_THAT(body, HasSubstr("add element inet sinkfeed ports_google_talk { 80, 443, 5222, 5223 }\n"));
  EXPECT_THAT(body, HasSubstr("flush set inet sinkfeed v6_google_talk\n"));
  EXPECT_THAT(body, HasSubstr("add rule inet sinkfeed forward_v6_google_talk ip6 daddr @v6_google_talk tcp dport "
                              "@ports_google_talk counter reject with tcp reset\n"));
  EXPECT_THAT(body, Not(HasSubstr("shared")));
}

TEST_F(Nft, OfOneFamilyLeavesTheOther) {
  content.family = 4;
  EXPECT_THAT(format.render(content), Not(HasSubstr("v6")));
  content.family = 6;
  EXPECT_THAT(format.render(content), Not(HasSubstr("v4")));
}

TEST_F(Nft, OfAnEmptyFamilyHasNoEmptyElementList) {
  content.networks = {};
  EXPECT_THAT(format.render(content), Not(HasSubstr("v4_google_talk {\n")));
  EXPECT_THAT(format.render(content), HasSubstr("flush set inet sinkfeed v4_google_talk\n"));
}

TEST_F(Nft, BlocksWhatOthersNeedOnTheMessengersOwnPortsAlone) {
  content.shared = {network("142.250.1.1")};
  content.shared_ports = {5222, 5223};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("add element inet sinkfeed sharedv4_google_talk {\n  142.250.1.1 }\n"));
  EXPECT_THAT(body, HasSubstr("ip daddr @sharedv4_google_talk tcp dport @sharedports_google_talk counter reject"));
  EXPECT_THAT(body, HasSubstr("sharedports_google_talk { 5222, 5223 }"));
}

}  // namespace
}  // namespace sinkfeed
