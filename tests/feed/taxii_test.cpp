// TAXII 2.1: what a client that knows the standard, and one that does not, gets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <map>
#include <random>
#include <regex>

#include "feed/taxii_media.hpp"
#include "feed/taxii_query.hpp"
#include "feed/taxii_routes.hpp"
#include "store/keys.hpp"
#include "tests/feed/server.hpp"

namespace sinkfeed {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const std::string kCollection = "/taxii2/feeds/collections/google-talk/";

std::string header(const HttpAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (key == name) return value;
  }
  return "";
}

struct Taxii : test::Server {
  HttpAnswer fetch(const std::string& path, const std::map<std::string, std::string>& query = {},
                   const std::string& accept = "application/taxii+json;version=2.1",
                   const std::string& method = "GET") const {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.accept = accept;
    request.content_type = content_type;
    request.if_none_match = if_none_match;
    request.client = IpAddress::parse("10.1.2.3").value();
    request.server = IpAddress::parse("10.1.2.1").value();
    return routes->answer(request);
  }
  boost::json::value read(const std::string& path, const std::map<std::string, std::string>& query = {}) const {
    const HttpAnswer answer = fetch(path, query);
    EXPECT_EQ(answer.status, 200u) << *answer.body;
    EXPECT_EQ(answer.media_type, kTaxiiMedia);
    return boost::json::parse(*answer.body);
  }
  boost::json::array objects(const std::map<std::string, std::string>& query = {}) const {
    return read(kCollection + "objects/", query).at("objects").as_array();
  }
  void forget(std::string_view address) const {
    ASSERT_TRUE(
        store->ledger->forget(IpAddress::parse(address).value(), std::nullopt, "ann", "a mistake", std::nullopt));
    ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  }
  // Addresses of the feed, as its plain list has them.
  std::set<std::string> listed() const {
    HttpRequest request;
    request.method = "GET";
    request.path = "/feed/google-talk.txt";
    request.client = request.server = IpAddress::parse("127.0.0.1").value();
    std::istringstream text(*routes->answer(request).body);
    std::set<std::string> found;
    for (std::string line; std::getline(text, line);) found.insert(line);
    return found;
  }

  std::string content_type, if_none_match;
};

// What a client knows that goes by the standard: of each object the newest version.
struct Client {
  std::map<std::string, boost::json::object> objects;
  std::map<std::string, int> times;  // that a version came

  void take(const boost::json::array& from) {
    for (const boost::json::value& value : from) {
      const auto& object = value.as_object();
      const std::string id(object.at("id").as_string());
      times[id + std::string(object.at("modified").as_string())]++;
      const auto known = objects.find(id);
      if (known == objects.end() || known->second.at("modified").as_string() <= object.at("modified").as_string())
        objects[id] = object;
    }
  }
  std::set<std::string> valid() const {
    std::set<std::string> addresses;
    for (const auto& [id, object] : objects) {
      if (object.at("type") == "indicator" && !object.contains("valid_until"))
        addresses.insert(std::string(object.at("name").as_string()));
    }
    return addresses;
  }
};

TEST(TaxiiMedia, AnotherVersionIsNotAccepted) {
  for (const char* accept :
       {"", " ", "*/*", "application/*", "application/json", "application/taxii+json",
        "application/taxii+json;version=2.1", "application/taxii+json; version=2.1",
        "application/taxii+json;version=\"2.1\"", "text/html, */*;q=0.1",
        "application/vnd.oasis.taxii+json;version=2.0, application/taxii+json;version=2.1", "Application/STIX+json"})
    EXPECT_TRUE(accepts_taxii(accept)) << accept;
  for (const char* accept :
       {"application/taxii+json;version=2.0", "application/vnd.oasis.taxii+json;version=2.0", "text/html",
        "application/taxii+json;version=2.1;q=0", "application/taxii+json;version=2.10", ",", ";;;"})
    EXPECT_FALSE(accepts_taxii(accept)) << accept;
}

TEST_F(Taxii, DiscoveryLeadsToTheCollections) {
  const auto discovery = read("/taxii2/");
  EXPECT_FALSE(discovery.at("title").as_string().empty());
  const std::string root(discovery.at("api_roots").at(0).as_string());
  EXPECT_EQ(discovery.at("default").as_string(), root);
  EXPECT_EQ(read(root).at("versions"), (boost::json::array{"application/taxii+json;version=2.1"}));
  EXPECT_GT(read(root).at("max_content_length").as_int64(), 0);
  const auto collections = read(root + "collections/").at("collections").as_array();
  ASSERT_EQ(collections.size(), 2u);
  const auto& one = collections[0].as_object();
  EXPECT_EQ(one.at("alias"), "google-talk");
  EXPECT_EQ(one.at("can_read"), true);
  EXPECT_EQ(one.at("can_write"), false);
  EXPECT_EQ(one.at("id"), "4a2dec93-8641-5026-870e-2e9e9bc0b4e7") << "it must never change";
  const std::string path = root + "collections/" + std::string(one.at("id").as_string());
  EXPECT_EQ(read(path + "/"), one);
  EXPECT_EQ(read(path), one) << "without the slash";
  EXPECT_EQ(read(kCollection), one) << "by the feed's name";
  EXPECT_EQ(read(path + "/objects/"), read(kCollection + "objects"));
}

TEST_F(Taxii, WhatIsNotThereIsNotFound) {
  for (const char* path : {"/taxii2/other/", "/taxii2/feeds/status/1/", "/taxii2/feeds/collections/none/",
                           "/taxii2/feeds/collections/none/objects/", "/taxii2/feeds/collections/google-talk/nothing/",
                           "/taxii2/feeds/collections/google-talk/manifest/x/",
                           "/taxii2/feeds/collections/google-talk/objects/indicator--0/",
                           "/taxii2/feeds/collections/google-talk/objects/x/versions/",
                           "/taxii2/feeds/collections/google-talk/objects/x/versions/y/"}) {
    const HttpAnswer answer = fetch(path);
    EXPECT_EQ(answer.status, 404u) << path;
    EXPECT_EQ(answer.media_type, kTaxiiMedia);
    EXPECT_EQ(boost::json::parse(*answer.body).at("http_status"), "404");
  }
  EXPECT_EQ(fetch("/taxii2x/").status, 404u);
}

TEST_F(Taxii, NegotiatesTheVersion) {
  EXPECT_EQ(fetch("/taxii2/", {}, "application/taxii+json;version=2.0").status, 406u);
  for (const char* accept : {"", "*/*"}) {
    const HttpAnswer answer = fetch(kCollection + "objects/", {}, accept);
    EXPECT_EQ(answer.status, 200u);
    EXPECT_EQ(answer.media_type, kTaxiiMedia);
  }
}

TEST_F(Taxii, NothingIsWritten) {
  content_type = "application/taxii+json;version=2.1";
  EXPECT_EQ(fetch(kCollection + "objects/", {}, "", "POST").status, 403u);
  EXPECT_EQ(fetch(kCollection + "objects/x/", {}, "", "DELETE").status, 403u);
  EXPECT_EQ(fetch(kCollection + "manifest/", {}, "", "POST").status, 405u);
  EXPECT_EQ(fetch("/taxii2/", {}, "", "POST").status, 405u);
  EXPECT_EQ(fetch("/taxii2/feeds/collections/none/objects/", {}, "", "POST").status, 404u);
  content_type = "application/json";
  EXPECT_EQ(fetch(kCollection + "objects/", {}, "", "POST").status, 415u);
  EXPECT_THAT(
      exchange("POST " + kCollection +
               "objects/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
               "Content-Type: application/taxii+json;version=2.1\r\nContent-Length: 14\r\n\r\n{\"objects\":[]}"),
      StartsWith("HTTP/1.1 403 "));
}

TEST_F(Taxii, ObjectsHaveWhatStixRequires) {
  see("74.125.140.125", "talk.google.com");
  see("2a00:1450:400c:c06::7d", "talk.google.com");
  const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)");
  const std::regex id(R"((indicator|identity)--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})");
  std::set<std::string> ids, patterns;
  for (const boost::json::value& value : objects()) {
    const auto& object = value.as_object();
    const auto text = [&](const char* key) { return std::string(object.at(key).as_string()); };
    EXPECT_EQ(text("spec_version"), "2.1");
    EXPECT_TRUE(std::regex_match(text("id"), id)) << text("id");
    EXPECT_TRUE(text("id").starts_with(text("type") + "--"));
    EXPECT_TRUE(ids.insert(text("id")).second);
    for (const char* key : {"created", "modified"}) EXPECT_TRUE(std::regex_match(text(key), time)) << text(key);
    EXPECT_LE(text("created"), text("modified"));
    if (text("type") == "identity") continue;
    EXPECT_EQ(text("pattern_type"), "stix");
    EXPECT_TRUE(std::regex_match(text("valid_from"), time));
    EXPECT_TRUE(ids.contains(text("created_by_ref"))) << "who made it comes first";
    EXPECT_FALSE(object.contains("revoked"));
    patterns.insert(text("pattern"));
  }
  EXPECT_TRUE(patterns.contains("[ipv4-addr:value = '74.125.140.125']"));
  EXPECT_TRUE(patterns.contains("[ipv6-addr:value = '2a00:1450:400c:c06::7d']"));
}

TEST_F(Taxii, ManifestSaysWhenEachWasAddedAndNoTwoAtOnce) {
  see("74.125.140.125", "talk.google.com");
  const HttpAnswer answer = fetch(kCollection + "manifest/");
  const auto manifest = boost::json::parse(*answer.body).at("objects").as_array();
  ASSERT_EQ(manifest.size(), objects().size());
  std::string before;
  for (std::size_t i = 0; i < manifest.size(); i++) {
    const auto& one = manifest[i].as_object();
    EXPECT_EQ(one.at("id"), objects()[i].at("id"));
    EXPECT_EQ(one.at("version"), objects()[i].at("modified"));
    EXPECT_EQ(one.at("media_type"), "application/stix+json;version=2.1");
    const std::string added(one.at("date_added").as_string());
    EXPECT_LT(before, added);
    before = added;
  }
  EXPECT_EQ(header(answer, "X-TAXII-Date-Added-First"), manifest.front().at("date_added").as_string());
  EXPECT_EQ(header(answer, "X-TAXII-Date-Added-Last"), before);
}

TEST_F(Taxii, AddedAfterIsExclusive) {
  const std::string last = header(fetch(kCollection + "objects/"), "X-TAXII-Date-Added-Last");
  const HttpAnswer nothing = fetch(kCollection + "objects/", {{"added_after", last}});
  EXPECT_EQ(nothing.status, 200u);
  EXPECT_THAT(boost::json::parse(*nothing.body).at("objects").as_array(), IsEmpty());
  EXPECT_EQ(header(nothing, "X-TAXII-Date-Added-Last"), "");
  see("74.125.140.125", "talk.google.com");
  const auto news = objects({{"added_after", last}});
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].at("name"), "74.125.140.125");
}

TEST_F(Taxii, WhatLeavesIsRevokedForThoseWhoMayHaveIt) {
  see("74.125.140.125", "talk.google.com");
  const HttpAnswer before = fetch(kCollection + "objects/");
  const std::string last = header(before, "X-TAXII-Date-Added-Last");
  const std::string id(objects({{"added_after", "2000-01-01T00:00:00Z"}}).back().at("id").as_string());
  clock.advance(std::chrono::hours(1));
  forget("74.125.140.125");
  const auto news = objects({{"added_after", last}});
  ASSERT_EQ(news.size(), 1u);
  EXPECT_EQ(news[0].at("id"), id.c_str());
  EXPECT_EQ(news[0].at("revoked"), true);
  EXPECT_EQ(news[0].at("valid_until"), news[0].at("modified"));
  EXPECT_GT(news[0].at("modified").as_string(), news[0].at("created").as_string());
  EXPECT_THAT(*fetch(kCollection + "objects/").body, Not(HasSubstr("74.125.140.125")))
      << "who takes all that there is may not know what revoked means";

  const std::string object = kCollection + "objects/" + id + "/";
  EXPECT_EQ(read(object).at("objects").at(0).at("revoked"), true);
  const auto versions = read(object + "versions/").at("versions").as_array();
  ASSERT_EQ(versions.size(), 2u);
  EXPECT_LT(versions[0].as_string(), versions[1].as_string());
  const auto first = read(object, {{"match[version]", "first"}}).at("objects").as_array();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_FALSE(first[0].as_object().contains("revoked"));
  EXPECT_EQ(read(object, {{"match[version]", "all"}}).at("objects").as_array().size(), 2u);
  EXPECT_EQ(read(object, {{"match[version]", std::string(versions[0].as_string())}}).at("objects").as_array(), first);

  // A revoked object has no further versions: who comes back is another.
  see("74.125.140.125", "talk.google.com");
  const auto again = objects().back();
  EXPECT_EQ(again.at("name"), "74.125.140.125");
  EXPECT_NE(again.at("id"), id.c_str());
  clock.advance(FeedJournal::kRemembered + std::chrono::days(1));
  see("74.125.140.126", "talk.google.com");
  EXPECT_EQ(fetch(object).status, 404u) << "nobody is told of it for ever";
}

TEST_F(Taxii, Filters) {
  see("74.125.140.125", "talk.google.com");
  const auto all = objects();
  EXPECT_EQ(objects({{"match[type]", "identity"}}).size(), 1u);
  EXPECT_EQ(objects({{"match[type]", "indicator"}}).size(), all.size() - 1);
  EXPECT_EQ(objects({{"match[type]", "indicator,identity"}}).size(), all.size());
  EXPECT_EQ(objects({{"match[type]", "malware"}}).size(), 0u);
  EXPECT_EQ(objects({{"match[spec_version]", "2.0"}}).size(), 0u);
  EXPECT_EQ(objects({{"match[spec_version]", "2.0,2.1"}}).size(), all.size());
  const std::string id(all.back().at("id").as_string());
  EXPECT_EQ(objects({{"match[id]", id + ",indicator--x"}}).size(), 1u);
  EXPECT_EQ(objects({{"match[id]", "indicator--x"}}).size(), 0u);
  EXPECT_EQ(objects({{"match[id]", id}, {"match[type]", "identity"}}).size(), 0u) << "all have to match";
  for (const auto& [name, value] : std::map<std::string, std::string>{{"added_after", "yesterday"},
                                                                      {"added_after", "2h"},
                                                                      {"limit", "0"},
                                                                      {"limit", "-1"},
                                                                      {"limit", ""},
                                                                      {"limit", "ten"},
                                                                      {"next", "x"},
                                                                      {"next", "1-"},
                                                                      {"next", "-1-1"},
                                                                      {"match[version]", "newest"}})
    EXPECT_EQ(fetch(kCollection + "objects/", {{name, value}}).status, 400u) << name << "=" << value;
  EXPECT_EQ(fetch(kCollection + "objects/", {{"limit", "99999999999999999999999"}}).status, 200u);
  for (const char* query : {"match%5Btype%5D=identity", "match[type]=identity"}) {
    EXPECT_THAT(get(kCollection + "objects/?" + query),
                AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("identity--"), Not(HasSubstr("\"indicator--"))));
  }
}

// Whatever comes and goes between two pages, who pages to the end has the feed as it is then, and had no version twice.
TEST_F(Taxii, PagesLoseAndRepeatNothingWhileTheFeedChanges) {
  for (const unsigned seed : {1u, 2u, 3u}) {
    std::mt19937 random(seed);
    const auto address = [&] { return "203.0.114." + std::to_string(random() % 40); };
    Client client;
    std::string added_after;
    for (int round = 0; round < 4; round++) {
      std::map<std::string, std::string> query{{"limit", std::to_string(1 + random() % 7)}};
      if (!added_after.empty()) query["added_after"] = added_after;
      Client paging;
      for (bool more = true; more;) {
        const HttpAnswer answer = fetch(kCollection + "objects/", query);
        ASSERT_EQ(answer.status, 200u);
        const auto envelope = boost::json::parse(*answer.body).as_object();
        EXPECT_LE(envelope.at("objects").as_array().size(), std::stoul(query["limit"]));
        client.take(envelope.at("objects").as_array());
        paging.take(envelope.at("objects").as_array());
        more = envelope.at("more").as_bool();
        if (const std::string last = header(answer, "X-TAXII-Date-Added-Last"); !last.empty()) {
          EXPECT_LT(added_after, last);
          added_after = last;
        }
        if (!more) break;
        query["next"] = std::string(envelope.at("next").as_string());
        clock.advance(std::chrono::seconds(random() % 3));
        if (random() % 2) {
          see(address(), "talk.google.com");
        } else if (const auto now = listed(); !now.empty()) {
          forget(*std::next(now.begin(), static_cast<int>(random() % now.size())));
        }
      }
      EXPECT_EQ(client.valid(), listed()) << "seed " << seed << " round " << round;
      for (const auto& [version, times] : paging.times) EXPECT_EQ(times, 1) << version;
      for (int change = 0; change < 3; change++) see(address(), "talk.google.com");
    }
  }
}

TEST_F(Taxii, AfterARestartAllIsAsItWas) {
  see("74.125.140.125", "talk.google.com");
  see("74.125.140.126", "talk.google.com");
  forget("74.125.140.125");
  see("74.125.140.125", "talk.google.com");
  const std::string all = *fetch(kCollection + "objects/", {{"match[version]", "all"}}).body;
  const std::string manifest = *fetch(kCollection + "manifest/").body;
  clock.advance(std::chrono::hours(1));
  restart();
  EXPECT_EQ(*fetch(kCollection + "objects/", {{"match[version]", "all"}}).body, all);
  EXPECT_EQ(*fetch(kCollection + "manifest/").body, manifest);
}

// A feed with a maximum goes by what was seen last: nobody can know after a restart what its readers were told.
TEST_F(Taxii, AFeedWithAMaximumIsToldAnewAfterARestart) {
  FeedDefinition few;
  few.name = "few";
  few.profiles = {"google-talk"};
  few.max_entries = 2;
  configuration.feeds.push_back(few);
  store->reconfigure(configuration);
  const std::string path = "/taxii2/feeds/collections/few/objects/";
  Client client;
  std::string last;
  const auto poll = [&] {
    std::map<std::string, std::string> query;
    if (!last.empty()) query["added_after"] = last;
    const HttpAnswer answer = fetch(path, query);
    client.take(boost::json::parse(*answer.body).at("objects").as_array());
    if (const std::string now = header(answer, "X-TAXII-Date-Added-Last"); !now.empty()) last = now;
  };
  const auto few_now = [&] {
    HttpRequest request;
    request.method = "GET";
    request.path = "/feed/few.txt";
    request.client = request.server = IpAddress::parse("127.0.0.1").value();
    std::istringstream text(*routes->answer(request).body);
    std::set<std::string> found;
    for (std::string line; std::getline(text, line);) found.insert(line);
    return found;
  };
  for (int i = 1; i < 12; i++) {
    clock.advance(std::chrono::minutes(1));
    see("203.0.114." + std::to_string(i % 5), "talk.google.com");
    if (i % 3 == 0) poll();
    if (i % 4 == 0) restart();
    if (i == 7) forget("203.0.114.1");
  }
  poll();
  EXPECT_EQ(client.valid(), few_now());
  EXPECT_EQ(client.valid().size(), 2u);
}

TEST_F(Taxii, AChangedDefinitionIsTold) {
  FeedDefinition im;
  im.name = "im";
  im.profiles = {"google-talk"};
  configuration.feeds.push_back(im);
  store->reconfigure(configuration);
  see("74.125.140.125", "talk.google.com");
  see("2a00:1450:400c:c06::7d", "talk.google.com");
  const std::string path = "/taxii2/feeds/collections/im/objects/";
  Client client;
  const HttpAnswer before = fetch(path);
  client.take(boost::json::parse(*before.body).at("objects").as_array());
  EXPECT_TRUE(client.valid().contains("2a00:1450:400c:c06::7d"));
  configuration.feeds.back().family = 4;
  clock.advance(std::chrono::minutes(1));
  store->reconfigure(configuration);
  const HttpAnswer after = fetch(path, {{"added_after", header(before, "X-TAXII-Date-Added-Last")}});
  client.take(boost::json::parse(*after.body).at("objects").as_array());
  EXPECT_TRUE(client.valid().contains("74.125.140.125"));
  EXPECT_FALSE(client.valid().contains("2a00:1450:400c:c06::7d"));
}

TEST_F(Taxii, IsTaggedAndCoded) {
  for (int i = 0; i < 50; i++) see("203.0.114." + std::to_string(i), "talk.google.com");
  const HttpAnswer whole = fetch(kCollection + "objects/");
  if_none_match = header(whole, "ETag");
  const HttpAnswer again = fetch(kCollection + "objects/");
  EXPECT_EQ(again.status, 304u);
  EXPECT_EQ(header(again, "X-TAXII-Date-Added-Last"), header(whole, "X-TAXII-Date-Added-Last"));
  see("203.0.114.99", "talk.google.com");
  EXPECT_EQ(fetch(kCollection + "objects/").status, 200u);
  const std::string coded = exchange("GET " + kCollection +
                                     "objects/ HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n"
                                     "Connection: close\r\n\r\n");
  EXPECT_THAT(coded, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(coded, HasSubstr("Content-Type: application/taxii+json;version=2.1\r\n"));
  const std::string head = get(kCollection + "objects/", "HEAD"), full = get(kCollection + "objects/");
  EXPECT_EQ(head, full.substr(0, full.find("\r\n\r\n") + 4)) << "HEAD is GET without the body";
}

// Who asks what is new must not take a store that cannot be read for nothing.
TEST_F(Taxii, WhatCannotBeReadIsNoAnswer) {
  Database::Batch batch;
  batch.put(Column::changes, keys::change(1, 1), "damaged");
  ASSERT_TRUE(store->database->write(batch));
  const std::string uuid = "e067c9c6-91c3-5f3e-8976-f8af90c05ec3";
  for (const std::string& path :
       {kCollection + "objects/", kCollection + "manifest/", std::string("/feed/google-talk.crowdsec/v1/decisions"),
        std::string("/feed/google-talk.crowdsec/v1/decisions/stream"),
        std::string("/feed/google-talk.misp/manifest.json"), "/feed/google-talk.misp/" + uuid + ".json"}) {
    const HttpAnswer answer = fetch(path);
    EXPECT_EQ(answer.status, 503u) << path;
    EXPECT_EQ(header(answer, "Retry-After"), "30");
    EXPECT_FALSE(std::regex_search(*answer.body, std::regex(R"(\d+\.\d+\.\d+)"))) << "some read anything as a list";
  }
}

TEST_F(Taxii, IsForThoseWhoMayFetch) {
  EXPECT_EQ(ask("/taxii2/", "8.8.8.8"), 403u);
  EXPECT_EQ(ask(kCollection + "objects/", "8.8.8.8"), 403u);
}

}  // namespace
}  // namespace sinkfeed
