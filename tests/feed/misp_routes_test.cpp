// A feed as MISP's servers fetch it: a manifest, an event, hashes.
#include "feed/misp_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "feed/digests.hpp"
#include "store/sha256.hpp"
#include "tests/feed/server.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::Not;

struct MispFolder : test::Server {
  HttpAnswer fetch(const std::string& file, const std::string& if_none_match = "",
                   const std::string& feed = "google-talk") const {
    HttpRequest request;
    request.method = "GET";
    request.path = "/feed/" + feed + ".misp/" + file;
    request.if_none_match = if_none_match;
    request.client = IpAddress::parse("10.1.2.3").value();
    request.server = IpAddress::parse("10.1.2.1").value();
    return routes->answer(request);
  }
  // Its UUID and what the manifest says of it.
  std::pair<std::string, boost::json::object> manifest(const std::string& feed = "google-talk") const {
    const auto read = boost::json::parse(*fetch("manifest.json", "", feed).body).as_object();
    EXPECT_EQ(read.size(), 1u);
    return {std::string(read.begin()->key()), read.begin()->value().as_object()};
  }
  boost::json::object event(const std::string& feed = "google-talk") const {
    return boost::json::parse(*fetch(manifest(feed).first + ".json", "", feed).body).at("Event").as_object();
  }
  // The values of the attributes that are deleted, or of those that are not.
  std::set<std::string> values(bool deleted, const std::string& feed = "google-talk") const {
    std::set<std::string> found, uuids;
    const auto attributes = event(feed).at("Attribute").as_array();
    for (const auto& value : attributes) {
      const auto& attribute = value.as_object();
      EXPECT_TRUE(uuids.insert(std::string(attribute.at("uuid").as_string())).second);
      if (attribute.contains("deleted") == deleted) found.insert(std::string(attribute.at("value").as_string()));
    }
    return found;
  }
  void forget(std::string_view address) const {
    ASSERT_TRUE(store->ledger->forget(IpAddress::parse(address).value(), std::nullopt, "ann", "", std::nullopt));
    ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  }
};

TEST_F(MispFolder, TheManifestNamesTheEvent) {
  see("74.125.140.125", "talk.google.com");
  const auto [uuid, says] = manifest();
  const auto event = this->event();
  EXPECT_EQ(event.at("uuid"), uuid.c_str());
  for (const char* same : {"info", "date", "timestamp", "analysis", "threat_level_id", "Orgc"})
    EXPECT_EQ(event.at(same), says.at(same)) << same;
  EXPECT_TRUE(says.at("Tag").is_array());
  EXPECT_TRUE(values(false).contains("74.125.140.125|5222"));
}

TEST_F(MispFolder, TheEventIsTheSameAndNewerWhenItChangesAndNotElse) {
  see("74.125.140.125", "talk.google.com");
  const auto before = manifest();
  see("74.125.140.125", "talk.google.com");
  clock.advance(std::chrono::hours(1));
  EXPECT_EQ(manifest(), before);
  see("74.125.140.126", "talk.google.com");
  const auto after = manifest();
  EXPECT_EQ(after.first, before.first);
  EXPECT_GT(std::stoll(std::string(after.second.at("timestamp").as_string())),
            std::stoll(std::string(before.second.at("timestamp").as_string())));
}

TEST_F(MispFolder, WhatHasLeftIsDeleted) {
  see("74.125.140.125", "talk.google.com");
  EXPECT_TRUE(values(true).empty());
  forget("74.125.140.125");
  EXPECT_FALSE(values(false).contains("74.125.140.125|5222"));
  EXPECT_TRUE(values(true).contains("74.125.140.125|5222"));
  see("74.125.140.125", "talk.google.com");
  EXPECT_TRUE(values(true).empty());
  forget("74.125.140.125");
  EXPECT_EQ(values(true).size(), 4u) << "once for each port";
  clock.advance(FeedJournal::kRemembered + std::chrono::days(1));
  see("74.125.140.126", "talk.google.com");
  EXPECT_TRUE(values(true).empty()) << "not for ever";
}

TEST_F(MispFolder, OfWhatOthersNeedNowTheWebsPortsAreDeleted) {
  FeedDefinition im;
  im.name = "im";
  im.profiles = {"google-talk"};
  im.shared = SharedAddresses::ports_only;
  configuration.feeds.push_back(im);
  store->reconfigure(configuration);
  see("142.250.1.1", "talk.google.com");
  EXPECT_TRUE(values(false, "im").contains("142.250.1.1|443"));
  store->ledger->observe_names({{DnsName::parse("maps.google.com").value(), IpAddress::parse("142.250.1.1").value(),
                                 clock.wall(), 1, IpAddress::parse("10.0.0.7").value()}});
  ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  EXPECT_TRUE(values(false, "im").contains("142.250.1.1|5222"));
  EXPECT_FALSE(values(false, "im").contains("142.250.1.1|443"));
  EXPECT_EQ(values(true, "im"), (std::set<std::string>{"142.250.1.1|80", "142.250.1.1|443"}));
  forget("142.250.1.1");
  EXPECT_EQ(values(true, "im").size(), 4u);
}

TEST_F(MispFolder, HashesAreOfAddressesAndValues) {
  see("74.125.140.125", "talk.google.com");
  const std::string hashes = *fetch("hashes.csv").body, uuid = manifest().first;
  for (const char* value : {"74.125.140.125", "74.125.140.125|5223"})
    EXPECT_THAT(hashes, HasSubstr(to_hex(digest_of(Digest::md5, value)) + "," + uuid + "\n"));
  forget("74.125.140.125");
  EXPECT_THAT(*fetch("hashes.csv").body, Not(HasSubstr(to_hex(digest_of(Digest::md5, "74.125.140.125")))));
}

TEST_F(MispFolder, IsFetchedOnce) {
  for (const std::string& file :
       {std::string("manifest.json"), std::string("hashes.csv"), manifest().first + ".json"}) {
    const HttpAnswer answer = fetch(file);
    ASSERT_EQ(answer.status, 200u) << file;
    for (const auto& [name, value] : answer.headers) {
      if (name == "ETag") {
        EXPECT_EQ(fetch(file, value).status, 304u);
      }
    }
  }
  EXPECT_EQ(fetch("").status, 404u);
  EXPECT_EQ(fetch("e067c9c6-91c3-5f3e-8976-f8af90c05ec4.json").status, 404u);
  EXPECT_EQ(fetch("manifest.json", "", "none").status, 404u);
  EXPECT_EQ(ask("/feed/google-talk.misp/manifest.json", "8.8.8.8"), 403u);
  EXPECT_THAT(post("/feed/google-talk.misp/manifest.json", "{}"), HasSubstr("413"));
}

}  // namespace
}  // namespace sinkfeed
