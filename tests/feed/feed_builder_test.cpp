#include "feed/feed_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> texts(const NetworkList& networks) {
  std::vector<std::string> list;
  for (const Network& one : networks) list.push_back(one.text());
  return list;
}

TEST(Aggregated, JoinsHalvesIntoWholes) {
  const std::vector<IpAddress> four{ip("203.0.114.4"), ip("203.0.114.5"), ip("203.0.114.6"), ip("203.0.114.7"),
                                    ip("203.0.114.8")};
  EXPECT_THAT(texts(aggregated(four)), ElementsAre("203.0.114.4/30", "203.0.114.8/32"));
  const std::vector<IpAddress> no_halves_of_one_whole{ip("203.0.114.1"), ip("203.0.114.2"), ip("2a00::1"),
                                                      ip("2a00::2"), ip("2a00::3")};
  EXPECT_THAT(texts(aggregated(no_halves_of_one_whole)),
              ElementsAre("203.0.114.1/32", "203.0.114.2/32", "2a00::1/128", "2a00::2/127"));
  EXPECT_THAT(aggregated({}), IsEmpty());
}

// Lossless, disjoint, ascending, and nothing left to join.
TEST(Aggregated, HoldsExactlyTheAddressesInAsFewNetworksAsCanBe) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; round++) {
    const unsigned percent = 1 + random() % 100;
    std::vector<IpAddress> addresses;
    for (unsigned i = 0; i < 1024; i++) {
      const std::uint8_t bytes[] = {10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
      if (random() % 100 < percent) addresses.push_back(IpAddress::v4(bytes));
    }
    const NetworkList networks = aggregated(addresses);
    std::size_t covered = 0;
    for (const Network& one : networks) covered += std::size_t{1} << (32 - one.prefix());
    ASSERT_EQ(covered, addresses.size());
    for (const IpAddress& address : addresses) {
      const auto after = std::upper_bound(networks.begin(), networks.end(), Network(address, 32));
      ASSERT_TRUE(after != networks.begin() && (*std::prev(after)).contains(address)) << address.text();
    }
    const std::set<Network> all(networks.begin(), networks.end());
    for (const Network& one : networks) {
      if (one.prefix() == 0) continue;
      const Network whole(one.address(), one.prefix() - 1);
      const Network other(one.address() == whole.address() ? last_of(whole) : whole.address(), one.prefix());
      ASSERT_FALSE(all.contains(other)) << one.text() << " and " << other.text();
    }
  }
}

struct BuildFeed : testing::Test {
  BuildFeed() {
    Profile chat, video;
    chat.name = "chat";
    chat.title = "Chat";
    chat.ports = {443, 5222, 5223};
    chat.names = {{DnsName::parse("chat.test").value(), Match::suffix, Tier::core, "", ""},
                  {DnsName::parse("web.test").value(), Match::suffix, Tier::web, "", ""}};
    video.name = "video";
    video.title = "Video";
    video.ports = {80, 9000};
    const Tier tiers[] = {Tier::core, Tier::web};
    generation.catalogue = std::make_shared<const Catalogue>(std::vector<Profile>{chat, video}, tiers);
    generation.number = 3;
    generation.profiles["chat"] = AddressSet(std::vector{ip("203.0.114.2"), ip("203.0.114.3"), ip("2a00::1")});
    generation.profiles["video"] = AddressSet(std::vector{ip("203.0.114.1"), ip("203.0.114.2")});
    generation.shared["chat"] = AddressSet(std::vector{ip("203.0.114.200")});
    generation.shared["video"] = {};
    feed.name = "im";
    feed.profiles = {"chat"};
  }
  FeedContent build(const FormatFacts& format, const FeedWishes& wishes = {}) const {
    const Entries entries = [this](const std::string&, const IpAddress& first, std::size_t limit) {
      std::vector<LedgerEntry> found;
      for (const LedgerEntry& one : known) {
        if (one.address >= first && found.size() < limit) found.push_back(one);
      }
      return found;
    };
    return build_feed(feed, generation, *generation.catalogue, format, wishes, entries).value();
  }
  Generation generation;
  FeedDefinition feed;
  std::vector<LedgerEntry> known;
  const FormatFacts list{.extension = "list", .media_type = "", .products = "", .subscribe = ""};
  const FormatFacts hosts{
      .extension = "hosts", .media_type = "", .products = "", .subscribe = "", .family = 4, .reads_prefixes = false};
  const FormatFacts rules{.extension = "rules", .media_type = "", .products = "", .subscribe = "", .says_ports = true};
  const FormatFacts every_port{
      .extension = "all", .media_type = "", .products = "", .subscribe = "", .blocks_every_port = true};
};

TEST_F(BuildFeed, HoldsWhatItsProfilesPublishOnceAndTheirPorts) {
  EXPECT_THAT(texts(build(list).networks), ElementsAre("203.0.114.2/32", "203.0.114.3/32", "2a00::1/128"));
  feed.profiles = {"chat", "video"};
  const FeedContent both = build(list);
  EXPECT_THAT(texts(both.networks), ElementsAre("203.0.114.1/32", "203.0.114.2/32", "203.0.114.3/32", "2a00::1/128"));
  EXPECT_THAT(both.ports, ElementsAre(80, 443, 5222, 5223, 9000));
  EXPECT_EQ(both.title, "Chat, Video");
}

TEST_F(BuildFeed, ComesInTheFamilyAndFormThatTheFormatReads) {
  feed.aggregation = Aggregation::lossless;
  EXPECT_THAT(texts(build(list).networks), ElementsAre("203.0.114.2/31", "2a00::1/128"));
  EXPECT_THAT(texts(build(hosts).networks), ElementsAre("203.0.114.2/32", "203.0.114.3/32"));
  FeedWishes wishes;
  wishes.aggregation = Aggregation::none;
  wishes.family = 6;
  EXPECT_THAT(texts(build(list, wishes).networks), ElementsAre("2a00::1/128"));
  EXPECT_THAT(build(hosts, wishes).networks, IsEmpty()) << "it reads IPv4 alone";
  feed.family = 4;
  EXPECT_THAT(build(list, wishes).networks, IsEmpty());
}

TEST_F(BuildFeed, WhatOthersNeedIsInItAsTheDefinitionSays) {
  EXPECT_THAT(build(rules).shared, IsEmpty());
  feed.shared = SharedAddresses::include;
  EXPECT_EQ(build(list).networks.size(), 4u);
  EXPECT_EQ(build(rules).networks.size(), 4u);
  EXPECT_EQ(build(every_port).networks.size(), 3u) << "there it would cut off what others need";
  feed.shared = SharedAddresses::ports_only;
  EXPECT_EQ(build(list).networks.size(), 3u);
  const FeedContent apart = build(rules);
  EXPECT_EQ(apart.networks.size(), 3u);
  EXPECT_THAT(texts(apart.shared), ElementsAre("203.0.114.200/32"));
  EXPECT_THAT(apart.shared_ports, ElementsAre(5222, 5223));
}

TEST_F(BuildFeed, KeepsThoseSeenLastWhereRoomIsShort) {
  known = {sample_entry("203.0.114.2", "chat.test"), sample_entry("203.0.114.3", "chat.test"),
           sample_entry("2a00::1", "chat.test")};
  known[1].last_seen = sample_time(900);
  known[2].last_seen = sample_time(800);
  feed.max_entries = 2;
  const FeedContent content = build(list);
  EXPECT_THAT(texts(content.networks), ElementsAre("203.0.114.3/32", "2a00::1/128"));
  EXPECT_EQ(content.left_out, 1u);
}

TEST_F(BuildFeed, KeepsWhatNamesOfItsTiersLeadToAndWhatPeopleVouchFor) {
  known = {sample_entry("203.0.114.2", "a.web.test"), sample_entry("203.0.114.3", "a.chat.test"),
           sample_entry("2a00::1", "gone.test")};
  feed.tiers = {Tier::core};
  EXPECT_THAT(texts(build(list).networks), ElementsAre("203.0.114.3/32"));
  known[2].evidence[0].vantage = {VantageKind::hand, "ann"};
  EXPECT_THAT(texts(build(list).networks), ElementsAre("203.0.114.3/32", "2a00::1/128"));
}

TEST_F(BuildFeed, TheSameContentIsTheSameEdition) {
  const std::string first = build(list).edition;
  generation.number = 4;
  generation.profiles["video"] = {};
  EXPECT_EQ(build(list).edition, first);
  generation.profiles["chat"] = AddressSet(std::vector{ip("203.0.114.2"), ip("203.0.114.4"), ip("2a00::1")});
  EXPECT_NE(build(list).edition, first);
}

TEST_F(BuildFeed, OfAProfileThatTheGenerationLacksThereIsNone) {
  feed.profiles = {"chat", "another"};
  EXPECT_FALSE(build_feed(feed, generation, *generation.catalogue, list, {}, {}).has_value());
}

TEST(FeedNetworks, AreWrittenAsTheirTextIs) {
  std::mt19937 random(2);
  for (int i = 0; i < 2000; i++) {
    const auto byte = [&] { return static_cast<std::uint8_t>(random() % 3 ? random() % 256 : random() % 12); };
    const std::uint8_t bytes[] = {byte(), byte(), byte(), byte()};
    std::string text;
    append_address(text, IpAddress::v4(bytes));
    ASSERT_EQ(text, IpAddress::v4(bytes).text());
  }
  std::string text;
  append_network(text, network("203.0.114.7"));
  append_network(text += " ", network("203.0.114.7"), HostPrefix::written);
  append_network(text += " ", network("2a00::/32"));
  EXPECT_EQ(text, "203.0.114.7 203.0.114.7/32 2a00::/32");
  EXPECT_EQ(last_of(network("203.0.114.16/28")).text(), "203.0.114.31");
  EXPECT_EQ(last_of(network("2a00::/16")).text(), "2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

}  // namespace
}  // namespace sinkfeed
