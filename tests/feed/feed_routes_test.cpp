// Feeds over HTTP: validators, codings, sidecars, what an empty list is answered with.
#include "feed/feed_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "feed/digests.hpp"
#include "store/sha256.hpp"
#include "tests/feed/server.hpp"

namespace sinkfeed {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string header(const HttpAnswer& answer, std::string_view name) {
  for (const auto& [key, value] : answer.headers) {
    if (key == name) return value;
  }
  return "";
}

struct Feeds : test::Server {
  HttpAnswer fetch(const std::string& path, std::string_view accept = "", std::string_view client = "10.1.2.3",
                   const std::string& if_none_match = "") const {
    HttpRequest request;
    request.method = "GET";
    const auto mark = path.find('?');
    request.path = "/feed/" + path.substr(0, mark);
    if (mark != std::string::npos) {
      const auto equals = path.find('=');
      request.query[path.substr(mark + 1, equals - mark - 1)] = path.substr(equals + 1);
    }
    request.accept_encoding = accept;
    request.if_none_match = if_none_match;
    request.client = IpAddress::parse(client).value();
    request.server = IpAddress::parse("10.1.2.1").value();
    return routes->answer(request);
  }
  std::string md5_of(const HttpAnswer& answer) const { return to_hex(digest_of(Digest::md5, *answer.body)) + "\n"; }
};

TEST_F(Feeds, EachProfileHasTheSafeFeedAndTheOneWithAll) {
  see("74.125.140.125", "talk.google.com");
  see("142.250.1.1", "talk.google.com");
  store->ledger->observe_names({{DnsName::parse("maps.google.com").value(), IpAddress::parse("142.250.1.1").value(),
                                 clock.wall(), 1, IpAddress::parse("10.0.0.7").value()}});
  ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  EXPECT_THAT(*fetch("google-talk.txt").body, Not(HasSubstr("142.250.1.1")));
  EXPECT_THAT(*fetch("google-talk-all.txt").body, HasSubstr("142.250.1.1\n"));
  EXPECT_EQ(fetch("google-talk-none.txt").status, 404u);
}

TEST_F(Feeds, FeedsOfTheSettingsAreThereAfterAReload) {
  see("74.125.140.125", "talk.google.com");
  see("74.125.140.124", "talk.google.com");
  EXPECT_EQ(fetch("im.txt").status, 404u);
  FeedDefinition im;
  im.name = "im";
  im.profiles = {"google-talk"};
  im.family = 4;
  im.aggregation = Aggregation::lossless;
  configuration.feeds.push_back(im);
  store->reconfigure(configuration);
  EXPECT_THAT(*fetch("im.txt").body, HasSubstr("74.125.140.124/31\n"));
}

TEST_F(Feeds, WishesAreOfThePath) {
  see("74.125.140.124", "talk.google.com");
  see("74.125.140.125", "talk.google.com");
  EXPECT_THAT(*fetch("google-talk.txt?aggregation=lossless").body, HasSubstr("74.125.140.124/31\n"));
  EXPECT_THAT(*fetch("google-talk.txt?form=ranges").body, HasSubstr("74.125.140.124-74.125.140.125\n"));
  EXPECT_EQ(fetch("google-talk.txt?form=short").status, 400u);
  EXPECT_EQ(fetch("google-talk.nft?form=ranges").status, 400u);
  EXPECT_EQ(fetch("google-talk.txt?aggregation=all").status, 400u);
  EXPECT_EQ(fetch("google-talk.txt?whatever=1").status, 200u);
}

TEST_F(Feeds, AreCodedForThoseWhoAskAndEachCodingHasItsTag) {
  for (int i = 0; i < 200; i++) see("203.0.114." + std::to_string(i), "talk.google.com");
  std::set<std::string> tags;
  for (const char* accept : {"", "gzip", "zstd"}) {
    const HttpAnswer answer = fetch("google-talk.txt", accept);
    EXPECT_EQ(header(answer, "Content-Encoding"), accept);
    EXPECT_EQ(header(answer, "Vary"), "Accept-Encoding");
    tags.insert(header(answer, "ETag"));
    EXPECT_EQ(fetch("google-talk.txt", accept, "10.1.2.3", header(answer, "ETag")).status, 304u);
  }
  EXPECT_EQ(tags.size(), 3u);
  EXPECT_EQ(fetch("google-talk.txt", "gzip", "10.1.2.3", *tags.begin()).status, 200u) << "of another coding";
}

TEST_F(Feeds, AnEmptyListIsNoAnswerWhereItCouldMeanAll) {
  const HttpAnswer answer = fetch("google-talk.txt?family=6");
  EXPECT_EQ(answer.status, 503u);
  EXPECT_THAT(*answer.body, StartsWith("# "));
  EXPECT_FALSE(header(answer, "Retry-After").empty());
  EXPECT_EQ(fetch("google-talk.nft?family=6").status, 200u) << "a ruleset without addresses is a whole one";
}

TEST_F(Feeds, OfAStoreThatCannotBeWrittenSayHowOldTheyAre) {
  see("74.125.140.125", "talk.google.com");
  EXPECT_EQ(header(fetch("google-talk.txt"), "X-Sinkfeed-Stale"), "");
  store->health.report("store", "the disk is full");
  EXPECT_EQ(fetch("google-talk.txt").status, 200u);
  EXPECT_EQ(header(fetch("google-talk.txt"), "X-Sinkfeed-Stale"), "0");
  configuration.settings.feed.max_stale = std::chrono::seconds(1);
  store->reconfigure(configuration);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));
  EXPECT_EQ(fetch("google-talk.txt").status, 503u);
  store->health.report("store", "");
  EXPECT_EQ(fetch("google-talk.txt").status, 200u);
}

TEST_F(Feeds, SidecarsAreOfTheBody) {
  see("74.125.140.125", "talk.google.com");
  const HttpAnswer body = fetch("google-talk.txt");
  EXPECT_EQ(*fetch("google-talk.txt.md5").body, md5_of(body));
  EXPECT_EQ(*fetch("google-talk.txt.sha256").body,
            to_hex(digest_of(Digest::sha256, *body.body)) + "  google-talk.txt\n");
  EXPECT_EQ(fetch("google-talk.exe.md5").status, 404u);
  EXPECT_EQ(fetch("google-talk.txt.md5.md5").status, 404u);
  EXPECT_FALSE(header(fetch("google-talk.txt.md5"), "ETag").empty());
}

TEST_F(Feeds, SidecarsAgreeWithTheBodyThatTheirClientHas) {
  see("74.125.140.125", "talk.google.com");
  const HttpAnswer before = fetch("google-talk.txt");
  see("74.125.140.126", "talk.google.com");
  EXPECT_NE(*fetch("google-talk.txt", "", "10.9.9.9").body, *before.body);
  EXPECT_EQ(*fetch("google-talk.txt.md5").body, md5_of(before));
  EXPECT_EQ(*fetch("google-talk.txt.md5", "", "10.8.8.8").body, md5_of(fetch("google-talk.txt", "", "10.9.9.9")));
  const HttpAnswer now = fetch("google-talk.txt");
  EXPECT_THAT(*now.body, HasSubstr("74.125.140.126")) << "a body is the newest";
  EXPECT_EQ(*fetch("google-talk.txt.md5").body, md5_of(now));
  // The other way round: some fetch the digest first, to see whether the body is worth fetching.
  const std::string digest = *fetch("google-talk.txt.md5", "", "10.7.7.7").body;
  see("74.125.140.127", "talk.google.com");
  fetch("google-talk.txt", "", "10.9.9.9");
  EXPECT_EQ(md5_of(fetch("google-talk.txt", "", "10.7.7.7")), digest);
  EXPECT_THAT(*fetch("google-talk.txt", "", "10.7.7.7").body, HasSubstr("74.125.140.127"));
}

// With minisign itself, which knows nothing of us.
TEST_F(Feeds, TheSignatureIsOneThatMinisignKnows) {
  see("74.125.140.125", "talk.google.com");
  const std::pair<std::string, HttpAnswer> files[] = {{"list", fetch("google-talk.txt")},
                                                      {"list.minisig", fetch("google-talk.txt.minisig")},
                                                      {"key.pub", fetch("sinkfeed.pub")}};
  for (const auto& [name, answer] : files) {
    ASSERT_EQ(answer.status, 200u) << name;
    std::ofstream(folder / name) << *answer.body;
  }
  const std::string check = "cd " + folder.string() + " && minisign -V -q -m list -p key.pub 2>&1";
  EXPECT_EQ(std::system(check.c_str()), 0);
  EXPECT_THAT(*files[1].second.body, HasSubstr("trusted comment: google-talk.txt generation 2 of "));
  std::ofstream(folder / "list", std::ios::app) << "203.0.114.1\n";
  EXPECT_NE(std::system(check.c_str()), 0) << "of other bytes it is no signature";
}

std::vector<std::string> lines_of(const HttpAnswer& answer) {
  std::vector<std::string> lines;
  std::istringstream text(*answer.body);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

TEST_F(Feeds, TellWhatHasChangedSinceAGeneration) {
  see("74.125.140.125", "talk.google.com");  // 2
  see("74.125.140.126", "talk.google.com");  // 3
  see("74.125.140.127", "talk.google.com");  // 4
  ASSERT_TRUE(store->ledger->forget(IpAddress::parse("74.125.140.125").value(), std::nullopt, "ann", "", std::nullopt));
  const HttpAnswer full = fetch("google-talk.txt");
  const HttpAnswer answer = fetch("google-talk.txt?since=2");
  ASSERT_EQ(answer.status, 200u);
  EXPECT_THAT(lines_of(answer), ElementsAre(R"({"type":"delta","feed":"google-talk","from":2,"to":5})",
                                            R"({"remove":"74.125.140.125/32"})", R"({"add":"74.125.140.126/32"})",
                                            R"({"add":"74.125.140.127/32"})",
                                            AllOf(HasSubstr(R"("added":2,"removed":1)"),
                                                  HasSubstr(to_hex(digest_of(Digest::sha256, *full.body))))));
  EXPECT_EQ(lines_of(fetch("google-talk.txt?since=5")).size(), 2u) << "nothing has changed since";
  EXPECT_EQ(fetch("google-talk.txt?since=6").status, 410u);
  EXPECT_EQ(fetch("google-talk.txt?since=0").status, 410u);
  EXPECT_EQ(fetch("google-talk.txt?since=-1").status, 400u);
  EXPECT_EQ(fetch("google-talk.txt?since=").status, 400u);
}

TEST_F(Feeds, AreThereAsTheyWereInEachGeneration) {
  const std::string first = *fetch("google-talk.txt").body;
  see("74.125.140.125", "talk.google.com");
  const std::string second = *fetch("google-talk.txt").body;
  see("74.125.140.126", "talk.google.com");
  EXPECT_EQ(*fetch("google-talk.txt?generation=1").body, first);
  EXPECT_EQ(*fetch("google-talk.txt?generation=2").body, second);
  EXPECT_EQ(*fetch("google-talk.txt?generation=3").body, *fetch("google-talk.txt").body);
  EXPECT_EQ(fetch("google-talk.txt?generation=4").status, 410u);
  EXPECT_EQ(call("diff", {{"feed", "google-talk"}, {"from", "1"}}).at("added").as_array().size(), 2u);
  EXPECT_EQ(call("diff", {{"feed", "google-talk"}, {"from", "3"}, {"to", "2"}}).at("removed").as_array().size(), 1u);
}

TEST_F(Feeds, TheKeyStays) {
  const std::string key = *fetch("sinkfeed.pub").body;
  const auto again = NodeKey::open(*store->database, Database::Mode::read_write);
  EXPECT_EQ(minisign_public_key(*again), key);
}

}  // namespace
}  // namespace sinkfeed
