#include "feed/format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>

#include "feed/snapshots.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds{1'800'000'000 + seconds}}; }

LedgerEntry entry(std::string_view address, std::string_view name) {
  LedgerEntry entry;
  const DnsName target = DnsName::parse(name).value();
  entry.address = IpAddress::parse(address).value();
  entry.first_seen = at(0);
  entry.last_seen = at(60);
  entry.count = 3;
  entry.evidence = {{target, target, {VantageKind::upstream, "192.0.2.53:53"}, at(0), at(60), 3}};
  return entry;
}

struct Format : testing::Test {
  Format() {
    profile.name = "google-talk";
    profile.title = "Google Talk";
    profile.ports = {443, 5222};
    generation.number = 7;
    generation.created = at(61);
    known = {entry("74.125.140.125", "talk.google.com"), entry("216.239.37.125", "talk.google.com"),
             entry("2a00:1450:400c:c06::7d", "evil\\\"};flush ruleset;.google.com")};
    std::vector<IpAddress> addresses;
    for (const LedgerEntry& one : known) addresses.push_back(one.address);
    generation.profiles["google-talk"] = AddressSet(addresses);
  }
  std::string render(const FeedFormat& format, std::optional<int> family = std::nullopt) const {
    return format.render({profile, generation, family, entries});
  }
  Profile profile;
  Generation generation;
  std::vector<LedgerEntry> known;
  const Entries entries = [this](const std::string&, const IpAddress& first, std::size_t limit) {
    std::vector<LedgerEntry> found;
    for (const LedgerEntry& one : known) {
      if (one.address >= first && found.size() < limit) found.push_back(one);
    }
    return found;
  };
};

TEST_F(Format, TextIsOneAddressALineAndNothingElse) {
  EXPECT_EQ(render(text_format()), "74.125.140.125\n216.239.37.125\n2a00:1450:400c:c06::7d\n");
  EXPECT_EQ(render(text_format(), 4), "74.125.140.125\n216.239.37.125\n");
  EXPECT_EQ(render(text_format(), 6), "2a00:1450:400c:c06::7d\n");
}

TEST_F(Format, NftReplacesTheSetsAndRulesOfItsProfile) {
  const std::string body = render(nft_format());
  EXPECT_THAT(body, HasSubstr("add element inet sinkfeed v4_google_talk {\n  74.125.140.125, 216.239.37.125 }\n"));
  EXPECT_THAT(body, HasSubstr("add element inet sinkfeed ports_google_talk { 443, 5222 }\n"));
  EXPECT_THAT(body, HasSubstr("flush set inet sinkfeed v6_google_talk\n"));
  EXPECT_THAT(body, HasSubstr("add rule inet sinkfeed forward_v6_google_talk ip6 daddr @v6_google_talk tcp dport "
                              "@ports_google_talk counter reject with tcp reset\n"));
}

TEST_F(Format, NftOfOneFamilyLeavesTheOther) {
  EXPECT_THAT(render(nft_format(), 4), Not(HasSubstr("v6")));
  EXPECT_THAT(render(nft_format(), 6), Not(HasSubstr("v4")));
}

TEST_F(Format, NftHoldsNoNameThatSomebodyElseChose) { EXPECT_THAT(render(nft_format()), Not(HasSubstr("google.com"))); }

TEST_F(Format, NftOfAnEmptyFamilyHasNoEmptyElementList) {
  generation.profiles["google-talk"] = {};
  EXPECT_THAT(render(nft_format()), Not(HasSubstr("v4_google_talk {\n")));
  EXPECT_THAT(render(nft_format()), HasSubstr("flush set inet sinkfeed v4_google_talk\n"));
}

TEST_F(Format, JsonIsReadableByMachinesWithEvidenceAndPorts) {
  const boost::json::value document = boost::json::parse(render(json_format()));
  EXPECT_EQ(document.at("generation").as_int64(), 7);
  EXPECT_EQ(document.at("ports").as_array().size(), 2u);
  const boost::json::value& entry = document.at("entries").as_array().at(0);
  EXPECT_EQ(entry.at("address").as_string(), "74.125.140.125");
  EXPECT_EQ(entry.at("cidr").as_string(), "74.125.140.125/32");
  EXPECT_EQ(entry.at("evidence").as_array().at(0).at("name").as_string(), "talk.google.com");
  EXPECT_EQ(entry.at("last_seen").as_string(), format_time(at(60)));
}

TEST_F(Format, JsonTellsOfAnAddressThatTheLedgerHasForgottenNothingButIt) {
  known.erase(known.begin());
  const boost::json::value document = boost::json::parse(render(json_format()));
  ASSERT_EQ(document.at("entries").as_array().size(), 3u);
  EXPECT_EQ(document.at("entries").as_array().at(0).as_object().if_contains("evidence"), nullptr);
  EXPECT_EQ(document.at("entries").as_array().at(1).at("evidence").as_array().size(), 1u);
}

TEST_F(Format, TheSameContentGivesTheSameBytes) {
  for (const FeedFormat* format : feed_formats()) EXPECT_EQ(render(*format), render(*format)) << format->extension();
}

TEST(Formats, AreFoundByTheirExtension) {
  for (const FeedFormat* format : feed_formats()) EXPECT_EQ(find_format(format->extension()), format);
  EXPECT_EQ(find_format("exe"), nullptr);
}

std::shared_ptr<const Catalogue> catalogue_of(const Profile& profile) {
  std::vector<Profile> profiles{profile};
  const Tier tiers[] = {Tier::core};
  return std::make_shared<const Catalogue>(std::move(profiles), tiers);
}

TEST_F(Format, SnapshotsAreSharedUntilTheNextGeneration) {
  generation.catalogue = catalogue_of(profile);
  Snapshots snapshots(std::make_shared<const Generation>(generation), entries);
  const auto first = snapshots.get("google-talk", text_format(), std::nullopt);
  EXPECT_EQ(first, snapshots.get("google-talk", text_format(), std::nullopt)) << "rendered once";
  EXPECT_NE(first->etag, snapshots.get("google-talk", text_format(), 4)->etag);
  EXPECT_EQ(snapshots.get("another", text_format(), std::nullopt), nullptr);

  generation.number = 8;
  snapshots.published(std::make_shared<const Generation>(generation));
  const auto second = snapshots.get("google-talk", text_format(), std::nullopt);
  EXPECT_EQ(second->generation, 8u);
  EXPECT_EQ(second->etag, first->etag) << "the tag is of the bytes: firewalls need not fetch the same again";

  // A reload: list and ports change together, whoever asks in between.
  profile.ports = {443};
  generation.number = 9;
  generation.catalogue = catalogue_of(profile);
  snapshots.published(std::make_shared<const Generation>(generation));
  const FeedFormat& nft = *find_format("nft");
  EXPECT_NE(snapshots.get("google-talk", nft, std::nullopt)->body.find("{ 443 }"), std::string::npos)
      << snapshots.get("google-talk", nft, std::nullopt)->body;
}

}  // namespace
}  // namespace sinkfeed
