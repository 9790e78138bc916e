// CrowdSec's local API: what a bouncer is told, and that it never keeps what has left.
#include "feed/crowdsec_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <set>

#include "tests/feed/server.hpp"

namespace sinkfeed {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

struct Told {
  std::set<std::string> came, left;
  bool none = false;  // null in both lists
};

struct CrowdsecApi : test::Server {
  HttpAnswer fetch(const std::string& rest, const std::map<std::string, std::string>& query = {},
                   const std::string& key = "k1", std::string_view client = "10.1.2.3") const {
    HttpRequest request;
    request.method = "GET";
    request.path = "/feed/google-talk.crowdsec/v1/" + rest;
    request.query = query;
    request.api_key = key;
    request.client = IpAddress::parse(client).value();
    request.server = IpAddress::parse("10.1.2.1").value();
    return routes->answer(request);
  }
  Told pull(const std::map<std::string, std::string>& query = {}, const std::string& key = "k1",
            std::string_view client = "10.1.2.3") const {
    const HttpAnswer answer = fetch("decisions/stream", query, key, client);
    EXPECT_EQ(answer.status, 200u) << *answer.body;
    const auto body = boost::json::parse(*answer.body).as_object();
    Told told;
    for (const auto& [name, to] : {std::pair{"new", &told.came}, std::pair{"deleted", &told.left}}) {
      if (body.at(name).is_null()) continue;
      for (const auto& decision : body.at(name).as_array()) {
        EXPECT_TRUE(to->insert(std::string(decision.at("value").as_string())).second) << "once is enough";
        for (const char* required : {"origin", "type", "scope", "duration", "scenario"})
          EXPECT_FALSE(decision.at(required).as_string().empty());
      }
    }
    for (const std::string& address : told.came) EXPECT_FALSE(told.left.contains(address));
    told.none = body.at("new").is_null() && body.at("deleted").is_null();
    return told;
  }
  // A poll that is not a start, long enough after the last change to be told nothing twice.
  Told later() {
    clock.advance(std::chrono::minutes(1));
    return pull();
  }
  void forget(std::string_view address) const {
    ASSERT_TRUE(store->ledger->forget(IpAddress::parse(address).value(), std::nullopt, "ann", "", std::nullopt));
    ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  }
};

TEST_F(CrowdsecApi, AtItsStartABouncerGetsAll) {
  see("74.125.140.125", "talk.google.com");
  see("2a00:1450:400c:c06::7d", "talk.google.com");
  const Told told = pull({{"startup", "true"}});
  EXPECT_THAT(told.came, Contains("74.125.140.125"));
  EXPECT_THAT(told.came, Contains("2a00:1450:400c:c06::7d"));
  const HttpAnswer answer = fetch("decisions/stream", {{"startup", "true"}});
  EXPECT_EQ(answer.media_type, "application/json");
  EXPECT_THAT(*answer.body, HasSubstr(R"("origin":"sinkfeed","type":"ban","scope":"Ip","value":"74.125.140.125",)"
                                      R"("duration":"168h0m0s","scenario":"sinkfeed/google-talk"})"));
}

TEST_F(CrowdsecApi, ThenWhatHasChangedSinceItAskedLast) {
  see("74.125.140.125", "talk.google.com");
  clock.advance(std::chrono::hours(1));
  pull({{"startup", "true"}});
  EXPECT_TRUE(later().none);
  see("74.125.140.126", "talk.google.com");
  EXPECT_THAT(later().came, UnorderedElementsAre("74.125.140.126"));
  forget("74.125.140.125");
  EXPECT_THAT(later().left, UnorderedElementsAre("74.125.140.125"));
  clock.advance(CrowdsecRoutes::kWholeEvery);
  EXPECT_THAT(pull().came, Contains("74.125.140.126")) << "sent again long before it runs out";
}

TEST_F(CrowdsecApi, EachKeyAndClientHasItsOwnPlace) {
  pull({{"startup", "true"}}, "k1");
  see("74.125.140.126", "talk.google.com");
  pull({}, "k1");
  clock.advance(std::chrono::minutes(1));
  for (const auto& [key, client] : {std::pair{"k2", "10.1.2.3"}, std::pair{"k1", "10.1.2.4"}})
    EXPECT_GT(pull({}, key, client).came.size(), 1u) << "who is not known gets all";
}

// The answer was lost, or another bouncer with the same key had it.
TEST_F(CrowdsecApi, ALittleIsToldAgain) {
  see("74.125.140.125", "talk.google.com");
  pull({{"startup", "true"}});
  see("74.125.140.126", "talk.google.com");
  forget("74.125.140.125");
  later();
  const Told again = later();
  EXPECT_THAT(again.came, Contains("74.125.140.126"));
  EXPECT_THAT(again.left, Contains("74.125.140.125"));
}

// What a bouncer holds, as the firewall bouncer does it: it adds what it lacks, and lets it go when its time is over.
TEST_F(CrowdsecApi, ABouncerNeverKeepsWhatHasLeftWhicheverSideIsStartedAgain) {
  std::map<std::string, WallTime> held;
  const auto poll = [&](bool startup) {
    std::erase_if(held, [&](const auto& one) { return one.second <= clock.wall(); });
    const Told told =
        pull(startup ? std::map<std::string, std::string>{{"startup", "true"}} : std::map<std::string, std::string>{});
    for (const std::string& address : told.left) held.erase(address);
    for (const std::string& address : told.came) held.try_emplace(address, clock.wall() + CrowdsecRoutes::kDuration);
  };
  const auto listed = [&] {
    std::set<std::string> now;
    const auto list = boost::json::parse(*fetch("decisions").body).as_array();
    for (const auto& decision : list) now.insert(std::string(decision.at("value").as_string()));
    return now;
  };
  const auto addresses = [&] {
    std::set<std::string> now;
    for (const auto& [address, until] : held) now.insert(address);
    return now;
  };
  poll(true);
  for (int i = 0; i < 40; i++) {
    clock.advance(std::chrono::hours(i % 6));
    const std::string address = "203.0.114." + std::to_string(i % 7);
    listed().contains(address) ? forget(address) : see(address, "talk.google.com");
    if (i % 5 == 0) restart();
    if (i % 3 == 0) poll(i % 2 == 0);
    if (i % 3 == 0) {
      EXPECT_EQ(addresses(), listed()) << i;
    }
  }
  // A week and more on, while polling: nothing has run out, and nothing is kept.
  for (int i = 0; i < 30; i++) {
    clock.advance(CrowdsecRoutes::kDuration / 16);
    poll(false);
    EXPECT_EQ(addresses(), listed()) << i;
  }
}

TEST_F(CrowdsecApi, WhatOthersNeedIsBlockedInNoFeed) {
  see("142.250.1.1", "talk.google.com");
  store->ledger->observe_names({{DnsName::parse("maps.google.com").value(), IpAddress::parse("142.250.1.1").value(),
                                 clock.wall(), 1, IpAddress::parse("10.0.0.7").value()}});
  ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  HttpRequest request;
  request.method = "GET";
  request.path = "/feed/google-talk-all.crowdsec/v1/decisions";
  request.client = request.server = IpAddress::parse("127.0.0.1").value();
  EXPECT_THAT(*routes->answer(request).body, Not(HasSubstr("142.250.1.1")));
}

TEST_F(CrowdsecApi, TellsOfOneAddress) {
  see("74.125.140.125", "talk.google.com");
  EXPECT_THAT(*fetch("decisions", {{"ip", "74.125.140.125"}}).body, HasSubstr("\"74.125.140.125\""));
  EXPECT_EQ(*fetch("decisions", {{"ip", "74.125.140.126"}}).body, "null\n");
  EXPECT_THAT(*fetch("decisions", {{"range", "74.125.140.0/24"}}).body, HasSubstr("\"74.125.140.125\""));
  EXPECT_EQ(*fetch("decisions", {{"range", "198.51.100.0/24"}}).body, "null\n");
  EXPECT_EQ(*fetch("decisions", {{"ip", "74.125.140.125"}, {"type", "captcha"}}).body, "null\n");
  EXPECT_EQ(fetch("decisions", {{"ip", "here"}}).status, 400u);
}

TEST_F(CrowdsecApi, Filters) {
  see("74.125.140.125", "talk.google.com");
  const auto all = [&](const char* name, const char* value) {
    return pull({{"startup", "true"}, {name, value}}).came.size() > 0;
  };
  EXPECT_TRUE(all("scopes", "ip,range"));
  EXPECT_TRUE(all("scopes", "Ip"));
  EXPECT_FALSE(all("scopes", "country"));
  EXPECT_FALSE(all("origins", "CAPI,lists"));
  EXPECT_TRUE(all("scenarios_containing", "google"));
  EXPECT_FALSE(all("scenarios_containing", "ssh"));
  EXPECT_FALSE(all("scenarios_not_containing", "google"));
  EXPECT_TRUE(all("scenarios_not_containing", "ssh"));
}

TEST_F(CrowdsecApi, TakesMetricsAndDropsThem) {
  EXPECT_THAT(post("/feed/google-talk.crowdsec/v1/usage-metrics", R"({"remediation_components":[]})"),
              StartsWith("HTTP/1.1 201 "));
  EXPECT_EQ(fetch("heartbeat").status, 200u);
  EXPECT_EQ(fetch("usage-metrics").status, 405u);
  EXPECT_THAT(post("/feed/google-talk.crowdsec/v1/decisions", "{}"), StartsWith("HTTP/1.1 405 "));
}

TEST_F(CrowdsecApi, ErrorsAreOfTheApi) {
  const HttpAnswer answer = fetch("watchers/login");
  EXPECT_EQ(answer.status, 404u);
  EXPECT_TRUE(boost::json::parse(*answer.body).at("message").is_string());
  EXPECT_EQ(ask("/feed/none.crowdsec/v1/decisions", "127.0.0.1"), 404u);
  EXPECT_EQ(ask("/feed/google-talk.crowdsec/v1/decisions/stream", "8.8.8.8"), 403u);
}

}  // namespace
}  // namespace sinkfeed
