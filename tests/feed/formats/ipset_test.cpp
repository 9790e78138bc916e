#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Ipset : testing::Test {
  const FeedFormat& format = *find_format("ipset");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(Ipset, FillsASetOfEachFamilyAsideAndSwapsItIn) {
  EXPECT_EQ(format.render(content),
            "# sinkfeed google-talk edition 0123456789abcdef\n"
            "create sf4-google-talk hash:net family inet maxelem 1048576 -exist\n"
            "create sf4-google-talk.n hash:net family inet maxelem 1048576 -exist\n"
            "flush sf4-google-talk.n\n"
            "add sf4-google-talk.n 74.125.140.125 -exist\n"
            "add sf4-google-talk.n 203.0.114.16/28 -exist\n"
            "add sf4-google-talk.n 216.239.37.125 -exist\n"
            "swap sf4-google-talk.n sf4-google-talk\n"
            "destroy sf4-google-talk.n\n"
            "create sf6-google-talk hash:net family inet6 maxelem 1048576 -exist\n"
            "create sf6-google-talk.n hash:net family inet6 maxelem 1048576 -exist\n"
            "flush sf6-google-talk.n\n"
            "add sf6-google-talk.n 2a00:1450:400c:c06::7d -exist\n"
            "swap sf6-google-talk.n sf6-google-talk\n"
            "destroy sf6-google-talk.n\n");
}

TEST_F(Ipset, OfAnEmptyFeedEmptiesTheSets) {
  content.networks = {};
  const std::string body = format.render(content);
  EXPECT_THAT(body, HasSubstr("flush sf4-google-talk.n\nswap sf4-google-talk.n sf4-google-talk\n"));
  EXPECT_THAT(body, HasSubstr("flush sf6-google-talk.n\nswap sf6-google-talk.n sf6-google-talk\n"));
  EXPECT_TRUE(format.facts().empties_safely);
}

TEST_F(Ipset, OfOneFamilyLeavesTheOther) {
  content.family = 4;
  EXPECT_THAT(format.render(content), Not(HasSubstr("sf6")));
  content.family = 6;
  EXPECT_THAT(format.render(content), Not(HasSubstr("sf4")));
}

TEST_F(Ipset, LongNamesAreShortenedByTheNameAlone) {
  content.name = "a-name-of-forty-characters-that-is-whole";
  const std::string body = format.render(content);
  const std::size_t begin = body.find("create ") + 7;
  const std::string set = body.substr(begin, body.find(' ', begin) - begin);
  EXPECT_EQ(set, "sf4-a-name-of-forty_37994954");
  EXPECT_LE((set + ".n").size(), 31U);
  content.networks = {};
  content.edition = "fedcba9876543210";
  EXPECT_THAT(format.render(content), HasSubstr("create " + set + " "));
  content.name = "a-name-of-forty-characters-that-is-other";
  EXPECT_THAT(format.render(content), Not(HasSubstr(set)));
}

TEST_F(Ipset, MoreEntriesThanUsualHaveRoom) {
  content.networks.clear();
  for (unsigned i = 0; i <= 1U << 20; i++) {
    const std::array<std::uint8_t, 4> bytes{16, static_cast<std::uint8_t>(i >> 16), static_cast<std::uint8_t>(i >> 8),
                                            static_cast<std::uint8_t>(i)};
    content.networks.push_back({IpAddress::v4(bytes), 32});
  }
  const std::string body = format.render(content);
  EXPECT_THAT(body.substr(0, 200), HasSubstr("family inet maxelem 2097152 -exist\n"));
}

}  // namespace
}  // namespace sinkfeed
