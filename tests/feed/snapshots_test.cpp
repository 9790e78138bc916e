#include "feed/snapshots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

struct SnapshotsOf : testing::Test {
  SnapshotsOf() {
    profile.name = "chat";
    profile.title = "Chat";
    profile.ports = {443, 5222};
    generation.number = 7;
    generation.created = sample_time(0);
    generation.profiles["chat"] = AddressSet(std::vector{ip("203.0.114.1"), ip("203.0.114.2")});
    generation.catalogue = catalogue();
    auto made = std::make_shared<Configuration>();
    made->catalogue = generation.catalogue;
    made->feeds = with_feeds_of_profiles({}, {profile});
    configuration = made;
  }
  std::shared_ptr<const Catalogue> catalogue() const {
    std::vector<Profile> profiles{profile};
    const Tier tiers[] = {Tier::core};
    return std::make_shared<const Catalogue>(std::move(profiles), tiers);
  }
  std::shared_ptr<const Snapshot> get(const char* format, const FeedWishes& wishes = {}) {
    return snapshots->get(configuration, configuration->feeds.at(0), *find_format(format), wishes);
  }
  void publish() {
    generation.number++;
    generation.created += std::chrono::seconds(1);
    snapshots->published(std::make_shared<const Generation>(generation));
  }
  Profile profile;
  Generation generation;
  std::shared_ptr<const Configuration> configuration;
  std::unique_ptr<Snapshots> snapshots;
  void start(std::size_t rendered_bytes = Snapshots::kRenderedBytes,
             std::chrono::milliseconds kept = Snapshots::kKept) {
    snapshots = std::make_unique<Snapshots>(
        std::make_shared<const Generation>(generation),
        [](const std::string&, const IpAddress&, std::size_t) { return std::vector<LedgerEntry>(); }, rendered_bytes,
        kept);
  }
};

TEST_F(SnapshotsOf, AreRenderedOnce) {
  start();
  EXPECT_EQ(get("txt"), get("txt"));
  FeedWishes four;
  four.family = 4;
  EXPECT_NE(get("txt"), get("txt", four));
}

TEST_F(SnapshotsOf, KeepTheirBytesTagAndTimeWhileTheContentIsTheSame) {
  start();
  const auto first = get("nft");
  generation.profiles["another"] = AddressSet(std::vector{ip("203.0.114.9")});
  publish();
  EXPECT_EQ(get("nft"), first);
  publish();
  EXPECT_EQ(get("nft"), first) << "also when nobody asked in the generation between";
  generation.profiles["chat"] = AddressSet(std::vector{ip("203.0.114.1")});
  publish();
  const auto next = get("nft");
  EXPECT_NE(next->etag, first->etag);
  EXPECT_EQ(next->generation, 10u);
  EXPECT_EQ(next->changed, generation.created);
}

TEST_F(SnapshotsOf, ThePortsChangeWithTheGeneration) {
  start();
  EXPECT_THAT(*get("nft")->body(), HasSubstr("{ 443, 5222 }"));
  profile.ports = {443};
  generation.catalogue = catalogue();
  publish();
  EXPECT_THAT(*get("nft")->body(), HasSubstr("{ 443 }"));
}

TEST_F(SnapshotsOf, WhatNobodyAsksForAnyMoreMakesRoom) {
  start();
  const std::size_t list = get("txt")->bytes() + 2;  // some end their lines as Windows does
  start(3 * list + 10);
  const auto first = get("txt");
  EXPECT_EQ(first->body()->size(), 24u);
  const std::weak_ptr<const Snapshot> idle = get("panos");
  get("txt");
  for (const char* format : {"fortigate", "opnsense", "pfsense"}) {
    get(format);
    EXPECT_EQ(get("txt"), first) << "it is asked for all the time";
  }
  EXPECT_TRUE(idle.expired());
}

TEST_F(SnapshotsOf, WhatWasReplacedGoesAfterItsTimeThoughNothingElseIsReplaced) {
  start(Snapshots::kRenderedBytes, std::chrono::milliseconds(0));
  const std::weak_ptr<const Snapshot> before = get("cisco");
  generation.profiles["chat"] = AddressSet(std::vector{ip("203.0.114.1")});
  publish();
  get("cisco");
  EXPECT_FALSE(before.expired());
  get("cisco");
  EXPECT_TRUE(before.expired());
}

TEST_F(SnapshotsOf, AReplacedBodyIsNotKeptAndYetToBeHad) {
  start();
  for (const FeedFormat* format : feed_formats()) {
    const auto newest = [&] { return snapshots->get(configuration, configuration->feeds.at(0), *format); };
    const auto before = newest();
    const std::string body = *before->body();
    const std::size_t bytes = before->bytes();
    const AddressSet set = generation.profiles["chat"];
    generation.profiles["chat"] = set.changed(std::vector{ip("198.18.0.1"), ip("2001:db9::1")}, {});
    publish();
    EXPECT_NE(newest()->etag, before->etag);
    EXPECT_EQ(*before->body(), body) << format->facts().extension;
    const std::size_t kept = format->facts().tells_evidence ? bytes : bytes - body.size();
    EXPECT_EQ(before->bytes(), kept) << format->facts().extension;
    generation.profiles["chat"] = set;
    publish();
  }
}

TEST_F(SnapshotsOf, WhoReadsAReplacedBodyGoesOnReadingTheSame) {
  start();
  const auto before = get("txt");
  const auto body = before->body();
  generation.profiles["chat"] = AddressSet(std::vector{ip("203.0.114.1")});
  publish();
  get("txt");
  EXPECT_EQ(before->body(), body) << "it is not made twice";
}

TEST_F(SnapshotsOf, AFeedKeepsNoGenerationOfOtherFeeds) {
  start();
  const std::weak_ptr<const Generation> first = snapshots->generation();
  const auto feed = get("txt");
  generation.profiles["another"] = {};
  publish();
  EXPECT_EQ(get("txt"), feed);
  EXPECT_TRUE(first.expired());
}

TEST_F(SnapshotsOf, AFeedOfAProfileThatNoGenerationHasIsNone) {
  generation.profiles.clear();
  start();
  EXPECT_EQ(get("txt"), nullptr);
}

}  // namespace
}  // namespace sinkfeed
