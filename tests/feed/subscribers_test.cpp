// Who fetches what, over a real connection and by the API; and what a firewall lists beside the feed.
#include <sys/socket.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>

#include "feed/subscriber_watch.hpp"
#include "server.hpp"
#include "tests/feed/command_run.hpp"

namespace sinkfeed {
namespace {

using test::Server;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Fetchers : Server {
  std::string fetch(const std::string& target, const std::string& more = "", const std::string& method = "GET") const {
    return exchange(method + " /feed/" + target +
                    " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: a-firewall\r\n" + more + "\r\n");
  }
  static std::string tag_of(const std::string& answer) {
    const auto at = answer.find("ETag: ") + 6;
    return answer.substr(at, answer.find('\r', at) - at);
  }
  boost::json::array subscribers() { return call("subscribers").at("subscribers").as_array(); }
  // The one there is.
  boost::json::value only() {
    const auto list = subscribers();
    EXPECT_EQ(list.size(), 1u);
    return list.at(0);
  }
  SubscriberWatch watch() { return SubscriberWatch(*store, *snapshots); }
};

TEST_F(Fetchers, AreKnownWithWhatTheyHold) {
  const std::string answer = fetch("google-talk.txt?x=1");
  auto one = only();
  EXPECT_EQ(one.at("address").as_string(), "127.0.0.1");
  EXPECT_EQ(one.at("feed").as_string(), "google-talk.txt");
  EXPECT_EQ(one.at("user_agent").as_string(), "a-firewall");
  EXPECT_EQ(one.at("holds").to_number<int>(), 1);
  EXPECT_GT(one.at("bytes").to_number<int>(), 0);
  fetch("google-talk.txt", "If-None-Match: " + tag_of(answer) + "\r\n");
  fetch("google-talk.txt.md5");
  fetch("google-talk.txt", "", "HEAD");
  one = only();
  EXPECT_EQ(one.at("ok").to_number<int>(), 3);
  EXPECT_EQ(one.at("not_modified").to_number<int>(), 1);
  fetch("google-talk.txt?generation=1");
  EXPECT_EQ(only().at("ok").to_number<int>(), 3) << "what was is nobody's subscription";
  EXPECT_THAT(get("/metrics"), AllOf(HasSubstr("sinkfeed_subscribers 1\n"),
                                     HasSubstr("sinkfeed_feed_requests_total{subscriber=\"\",code=\"304\"} 1\n")));
  fetch("google-talk.txt?family=4");
  EXPECT_EQ(subscribers().size(), 2u);
}

TEST_F(Fetchers, HoldNothingNewAfterAHeadOrHalfABody) {
  fetch("google-talk.nft");
  see("74.125.140.125", "talk.google.com");
  fetch("google-talk.nft", "", "HEAD");
  EXPECT_EQ(only().at("holds").to_number<int>(), 1);
  // Larger than what the kernel keeps for a client.
  Generation large = *store->ledger->current();
  const std::uint64_t newest = ++large.number;
  std::vector<IpAddress> list;
  for (std::uint32_t i = 0; i < 300'000; i++)
    list.push_back(IpAddress::parse(fmt::format("20.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255)).value());
  large.profiles["google-talk"] = AddressSet(list);
  snapshots->published(std::make_shared<const Generation>(std::move(large)));
  const int client = connect(4096);
  const std::string request = "GET /feed/google-talk.nft HTTP/1.1\r\nHost: localhost\r\n\r\n";
  ASSERT_EQ(send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  char some[100];
  ASSERT_GT(recv(client, some, sizeof some, 0), 0);
  close(client);
  EXPECT_EQ(only().at("holds").to_number<int>(), 1);
  fetch("google-talk.nft");
  EXPECT_EQ(only().at("holds").to_number<std::uint64_t>(), newest);
}

TEST_F(Fetchers, AreBehindWhenTheFeedHasChangedAndNotOtherwise) {
  see("74.125.140.125", "talk.google.com");
  for (const char* path : {"google-talk.txt?family=4", "google-talk.nft?family=6"}) fetch(path);
  see("74.125.140.126", "talk.google.com");
  auto looking = watch();
  looking.look();
  const auto list = subscribers();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].at("feed").as_string(), "google-talk.txt?family=4");
  EXPECT_TRUE(list[0].at("behind").as_bool());
  EXPECT_EQ(list[0].at("behind_generations").to_number<int>(), 1);
  EXPECT_FALSE(list[1].at("behind").as_bool()) << "no address of its family has come";
  EXPECT_THAT(get("/metrics"), HasSubstr("sinkfeed_subscribers_behind 1\n"));
  fetch("google-talk.txt?family=4");
  EXPECT_FALSE(subscribers()[0].at("behind").as_bool());
}

TEST_F(Fetchers, OneThatIsLateIsWarnedOfAndTheDaemonIsReadyAllTheSame) {
  auto looking = watch();
  for (int i = 0; i < 4; i++) fetch("google-talk.txt"), clock.advance(std::chrono::minutes(5));
  clock.advance(std::chrono::minutes(11));
  looking.look();
  EXPECT_THAT(get("/readyz"), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("ready\nwarning: subscribers: 127.0.0.1")));
  EXPECT_TRUE(call("status").at("ready").as_bool());
  EXPECT_THAT(get("/metrics"), HasSubstr("sinkfeed_subscribers_late 1\n"));
  EXPECT_THAT(post("/api/v1/subscribers/forget", R"({"address": "127.0.0.1"})"), HasSubstr(R"({"forgotten":1})"));
  EXPECT_THAT(post("/api/v1/subscribers/forget", R"({"address": "127.0.0.1"})"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(post("/api/v1/subscribers/forget", R"({"address": "x"})"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(get("/readyz"), Not(HasSubstr("warning")));
}

TEST_F(Fetchers, EditionsAreTheSameSetHoweverItIsWritten) {
  see("74.125.140.124", "talk.google.com");
  see("74.125.140.125", "talk.google.com");
  const auto now = call("editions", {{"feed", "google-talk"}, {"limit", "100"}, {"networks", "1"}});
  EXPECT_EQ(now.at("editions").as_array().size(), 3u);
  EXPECT_THAT(boost::json::serialize(now.at("networks")), HasSubstr("74.125.140.124/31"));
  EXPECT_EQ(call_api(*store, "editions", {{"feed", "none"}}).status, 404u);
  EXPECT_EQ(call_api(*store, "editions", {{"feed", "google-talk"}, {"limit", "101"}}).status, 400u);
}

struct Comparing : Fetchers {
  test::Done run(std::vector<std::string> arguments) {
    return test::run_command(std::move(arguments), server->endpoints().at(0).text());
  }
  test::Done compare(const std::string& text, std::vector<std::string> more = {}) {
    const std::string file = (folder / "listing").string();
    std::ofstream(file) << text;
    more.insert(more.begin(), {"feed", "compare", file});
    return run(more);
  }
  std::string list(const std::string& target) { return std::string(body_of(fetch(target))); }
  static std::string_view body_of(std::string_view answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }
};

TEST_F(Comparing, SaysWhatIsMissingAndWhatIsExtra) {
  see("74.125.140.124", "talk.google.com");
  const std::string older = list("google-talk.txt");
  see("74.125.140.125", "talk.google.com");
  const std::string newer = list("google-talk.txt");
  const test::Done same = compare(newer);
  EXPECT_EQ(same.status, 0) << same.out << same.err;
  EXPECT_THAT(same.out, HasSubstr("google-talk, generation 3 of "));
  EXPECT_THAT(same.out, HasSubstr("The same addresses.\n"));
  EXPECT_EQ(compare(list("google-talk.txt?aggregation=lossless")).status, 0);
  const test::Done behind = compare(older);
  EXPECT_EQ(behind.status, 1);
  EXPECT_THAT(behind.out,
              AllOf(HasSubstr("missing  74.125.140.125\n"), HasSubstr("1 network missing, 0 networks extra."),
                    HasSubstr("It is what generation 2 of ")));
  const test::Done other = compare(newer + "198.51.100.0/28\n198.51.100.16-198.51.100.31\n");
  EXPECT_THAT(other.out, AllOf(HasSubstr("extra    198.51.100.0/27\n"), HasSubstr("none of the 2 generations")));
  const auto value = boost::json::parse(compare(older, {"--json"}).out);
  EXPECT_EQ(value.at("older").at("generation").to_number<int>(), 2);
  EXPECT_EQ(value.at("missing").as_array().at(0).as_string(), "74.125.140.125");
}

TEST_F(Comparing, TakesTheSetsThatAreTheFeeds) {
  see("74.125.140.124", "talk.google.com");
  std::string set =
      "table inet filter {\n set mine { type ipv4_addr\n elements = { 192.0.2.1 } }\n}\ntable inet sinkfeed {\n"
      " set v4_google_talk {\n type ipv4_addr\n elements = { ";
  std::string lines = list("google-talk.txt?family=4"), elements;
  for (const char c : lines) elements += c == '\n' ? std::string(", ") : std::string(1, c);
  set += elements.substr(0, elements.size() - 2) + " }\n }\n}\n";
  const test::Done done = compare(set);
  EXPECT_EQ(done.status, 0) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("google-talk, IPv4 alone, generation"));
  EXPECT_THAT(done.out, HasSubstr("v4_google_talk (read as nft)"));
  EXPECT_EQ(compare(set, {"--set", "mine"}).status, 1);
  EXPECT_THAT(compare(set, {"--set", "none"}).err, HasSubstr("no set \"none\"; there is mine, v4_google_talk"));
  EXPECT_THAT(compare("create a hash:net family inet\ncreate b hash:net family inet\n").err,
              HasSubstr("several sets (a, b)"));
}

TEST_F(Comparing, SaysWhatIsWrongInASentence) {
  EXPECT_THAT(compare("<html>").err, HasSubstr("has nothing that a firewall prints of its addresses"));
  EXPECT_EQ(compare("192.0.2.1\n", {"--format", "cisco"}).status, 2);
  EXPECT_EQ(compare("192.0.2.1\n", {"--family", "5"}).status, 2);
  EXPECT_THAT(compare("192.0.2.1\n", {"--feed", "none"}).err, HasSubstr("no feed \"none\""));
  EXPECT_EQ(run({"feed", "compare", "/nowhere"}).status, 1);
  const test::Done unread = compare(list("google-talk.txt") + "evil\n");
  EXPECT_EQ(unread.status, 1) << "what cannot be read may be an address";
  EXPECT_THAT(unread.err, HasSubstr("is no address, network or range"));
}

TEST_F(Comparing, SubscribersAreListedAndForgotten) {
  EXPECT_THAT(run({"subscribers"}).out, HasSubstr("No firewall has fetched"));
  fetch("google-talk.txt");
  run({"feed", "show", "google-talk"});
  EXPECT_THAT(run({"subscribers"}).out, AllOf(HasSubstr("127.0.0.1   google-talk.txt  1"), HasSubstr("1/0/0")));
  EXPECT_EQ(subscribers().size(), 1u) << "a person who looks is no firewall";
  EXPECT_THAT(run({"status"}).out, HasSubstr("1, 0 behind, 0 late"));
  EXPECT_EQ(boost::json::parse(run({"subscribers", "--json"}).out).at("subscribers").as_array().size(), 1u);
  EXPECT_THAT(run({"subscribers", "forget", "127.0.0.1"}).out, HasSubstr("127.0.0.1 is forgotten"));
  EXPECT_EQ(run({"subscribers", "forget", "127.0.0.1"}).status, 1);
}

}  // namespace
}  // namespace sinkfeed
