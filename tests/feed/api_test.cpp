#include "feed/api.hpp"

#include <stop_token>
#include <thread>
#include <utility>

#include "feed/commands/text.hpp"
#include "server.hpp"

namespace sinkfeed {
namespace {

using test::Server;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// An answer section of about this size.
std::string answers_of(std::size_t size) {
  std::string packed;
  while (packed.size() < size) PackedAnswers::append(packed, 1, std::string_view("\x0a\0\0\1", 4));
  return packed;
}

TEST_F(Server, WhyReadsLikeAnAnswer) {
  see("74.125.140.125", "talk.google.com");
  clock.advance(std::chrono::minutes(3));
  const std::string text = why_text(call("why", {{"subject", "74.125.140.125"}}));
  EXPECT_THAT(
      text,
      StartsWith("74.125.140.125 is in the feed google-talk, since generation 2.\nSeen once, first 3 minutes ago"));
  EXPECT_THAT(text, HasSubstr("talk.google.com  once, last 3 minutes ago  192.0.2.53:53"));
  EXPECT_THAT(why_text(call("why", {{"subject", "mtalk.google.com"}})), HasSubstr("is never blocked"));
  EXPECT_THAT(why_text(call("why", {{"subject", "198.51.100.7"}})), HasSubstr("is in no feed"));
}

TEST_F(Server, WrongCallsOfTheApiSayWhatIsWrong) {
  const auto detail = [&](std::string_view what, const Parameters& parameters) {
    const ApiAnswer answer = call_api(*store, what, parameters);
    EXPECT_GE(answer.status, 400u);
    return std::string(answer.body.at("detail").as_string());
  };
  EXPECT_THAT(detail("nothing", {}), HasSubstr("no such call"));
  EXPECT_THAT(detail("ips", {{"state", "gone"}}), HasSubstr("gone"));
  EXPECT_THAT(detail("ips", {{"cursor", "google-talk"}}), HasSubstr("cursor is"));
  EXPECT_THAT(detail("plan", {{"profile", "nothing"}}), HasSubstr("nothing"));
  EXPECT_THAT(detail("plan", {{"profile", "google-talk"}, {"since", "soon"}}), HasSubstr("since: "));
  EXPECT_THAT(detail("history", {{"type", "NONSENSE"}}), HasSubstr("type: "));
  EXPECT_THAT(detail("history", {{"limit", "0"}}), HasSubstr("limit: "));
  EXPECT_THAT(detail("history", {{"client", "10.0.0.1/8"}}), HasSubstr("client: "));
  EXPECT_THAT(detail("why", {}), HasSubstr("subject"));
}

TEST_F(Server, WhyCountsQueriesAndNotWhatWasLost) {
  QueryRecord record;
  record.client = IpAddress::parse("10.0.0.7").value();
  record.name = DnsName::parse("www.example.com").value();
  record.verdict = Verdict::sinkhole;
  record.rule = std::string(255, 'x');
  record.answers = answers_of(4000);
  std::uint64_t kept = 0;
  while (push(record, 0)) kept++;
  while (!push(record, 1)) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  kept++;
  const boost::json::value of_name = call("why", {{"subject", "www.example.com"}});
  EXPECT_EQ(of_name.at("queries").to_number<std::uint64_t>(), kept);
  EXPECT_EQ(of_name.at("recent").as_array().size(), 5u) << "though what was lost is among the newest";
  const boost::json::value of_client = call("why", {{"subject", "10.0.0.7"}});
  EXPECT_EQ(of_client.at("queries_as_client").to_number<std::uint64_t>(), kept);
  EXPECT_EQ(of_client.at("sunk_as_client").to_number<std::uint64_t>(), kept);
  EXPECT_EQ(of_client.at("sunk_queries").as_array().size(), 5u);
  const boost::json::value count = call("history", {{"count", "1"}});
  EXPECT_EQ(count.at("count").to_number<std::uint64_t>(), kept);
  EXPECT_GT(count.at("lost").to_number<std::uint64_t>(), 0u);
}

TEST_F(Server, WhyOfAnAddressSaysOfANameThatIsOnNoListAnyMoreOnlyThatItNeedsIt) {
  const auto address = IpAddress::parse("74.125.140.125").value();
  const DnsName name = DnsName::parse("mtalk.google.com").value();
  see("74.125.140.125", "talk.google.com");
  store->ledger->observe({}, {{name, address, clock.wall()}});
  ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  const auto never = [&] {
    return std::string(
        call("why", {{"subject", "74.125.140.125"}}).at("needed_by").as_array().at(0).at("never_why").as_string());
  };
  EXPECT_NE(never(), "");
  Profile profile = configuration.catalogue->profiles().front();
  profile.never.clear();
  configuration.catalogue =
      std::make_shared<const Catalogue>(std::vector<Profile>{profile}, configuration.settings.block.tiers);
  store->reconfigure(configuration);
  EXPECT_EQ(never(), "");
}

TEST_F(Server, AddressesComeInPages) {
  for (const char* address : {"74.125.140.1", "74.125.140.2", "74.125.140.3"}) see(address, "talk.google.com");
  std::vector<std::string> listed;
  Parameters parameters{{"limit", "2"}};
  for (int page = 0; page < 20; page++) {
    const boost::json::value body = call("ips", parameters);
    for (const auto& entry : body.at("entries").as_array()) listed.emplace_back(entry.at("address").as_string());
    if (!body.as_object().contains("next")) break;
    EXPECT_EQ(body.at("entries").as_array().size(), 2u);
    parameters["cursor"] = std::string(body.at("next").as_string());
  }
  std::vector<std::string> all;
  for (const LedgerEntry& entry : store->ledger->entries()) all.push_back(entry.address.text());
  EXPECT_EQ(listed, all);
}

// All pages of a list, by `key`, two at a time.
std::vector<std::string> pages(Server& server, const std::string& what, const std::string& list,
                               const std::string& key) {
  std::vector<std::string> all;
  Parameters parameters{{"limit", "2"}};
  for (int page = 0; page < 10; page++) {
    const boost::json::value body = server.call(what, parameters);
    for (const boost::json::value& one : body.at(list).as_array()) all.emplace_back(one.at(key).as_string());
    const boost::json::value* const next = body.as_object().if_contains("next");
    if (!next) return all;
    parameters["cursor"] = std::string(next->as_string());
  }
  ADD_FAILURE() << "the pages of " << what << " have no end";
  return all;
}

TEST_F(Server, DecisionsComeInPages) {
  see("74.125.140.125", "talk.google.com");
  const auto address = IpAddress::parse("74.125.140.125").value();
  for (const char* reason : {"one", "two", "three", "four", "five"}) {
    const Ruling ruling{Ruling::Kind::hold, clock.wall(), std::nullopt, "alice", reason};
    ASSERT_TRUE(store->ledger->decide(address, std::nullopt, ruling));
  }
  EXPECT_EQ(pages(*this, "decisions", "decisions", "reason"),
            (std::vector<std::string>{"five", "four", "three", "two", "one"}));
  EXPECT_EQ(call_api(*store, "decisions", {{"cursor", "x"}}).status, 400u);
}

TEST_F(Server, SubscribersComeInPages) {
  std::vector<std::string> expected;
  for (int i = 1; i <= 5; i++) {
    const std::string client = "192.0.2." + std::to_string(i);
    store->subscribers->polled({{IpAddress::parse(client).value(), "google-talk.txt", i == 3 ? "a token" : ""},
                                "a-firewall",
                                200,
                                false,
                                FeedEdition{1, 7, clock.wall()}});
    expected.push_back(client);
    clock.advance(std::chrono::seconds(10));
  }
  EXPECT_EQ(pages(*this, "subscribers", "subscribers", "address"), expected);
  for (const char* wrong : {"x", "30", "00"})
    EXPECT_EQ(call_api(*store, "subscribers", {{"cursor", wrong}}).status, 400u) << wrong;
  EXPECT_EQ(call_api(*store, "waiting", {{"cursor", "google-talk"}}).status, 400u);
}

TEST_F(Server, LinksOfTheChainGoOnBackwards) {
  for (int i = 0; i < 5; i++)
    store->history->chain().note(ChainLink::Kind::action, "{\"action\":\"" + std::to_string(i) + "\"}");
  ASSERT_TRUE(store->history->seal());
  const auto numbers = [&](const Parameters& parameters) {
    std::vector<std::uint64_t> all;
    const boost::json::value body = call("history/links", parameters);
    for (const boost::json::value& link : body.at("links").as_array())
      all.push_back(link.at("number").to_number<std::uint64_t>());
    return all;
  };
  const auto newest = numbers({{"limit", "2"}});
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(numbers({{"limit", "2"}, {"before", std::to_string(newest[1])}}),
            (std::vector{newest[1] - 1, newest[1] - 2}));
  EXPECT_TRUE(numbers({{"before", "1"}}).empty());
  EXPECT_EQ(call_api(*store, "history/links", {{"before", "x"}}).status, 400u);
}

TEST_F(Server, AsksTheDaemonWhatAClientIsTold) {
  EXPECT_THAT(get("/api/v1/query?name=talk.google.com&type=aaaa"),
              AllOf(HasSubstr("200 OK"), HasSubstr(R"("name":"talk.google.com","type":"AAAA")")));
  EXPECT_THAT(get("/api/v1/query?name=talk.google.com"), HasSubstr(R"("type":"A")"));
  EXPECT_THAT(get("/api/v1/query?name=a..b"), HasSubstr("400 Bad Request"));
  EXPECT_THAT(get("/api/v1/query?name=a.example&type=XYZ"), HasSubstr("is no record type; try A, AAAA"));
  EXPECT_THAT(get("/api/v1/query?name=silent.example"),
              AllOf(HasSubstr("503 Service"), HasSubstr("no answer from 127.0.0.1:53")));
}

TEST_F(Server, ChecksTheSettingsAndChangesNothing) {
  EXPECT_THAT(get("/api/v1/check"),
              HasSubstr(R"({"settings":"sinkfeed.toml","right":true,"profiles":["google-talk"],"changed":["dns"]})"));
  settings_check = {"sinkfeed.toml", {}, {}, "line 3: dns.lisen is unknown"};
  EXPECT_THAT(get("/api/v1/check"), HasSubstr(R"("right":false,"problem":"line 3: dns.lisen is unknown"})"));
}

TEST_F(Server, APlanCountsWhatWouldHaveBeenCut) {
  see("74.125.140.125", "talk.google.com");
  QueryRecord record;
  record.name = DnsName::parse("docs.example").value();
  record.verdict = Verdict::pass;
  PackedAnswers::append(record.answers, 1, std::string_view("\x4a\x7d\x8c\x7d", 4));
  for (const char* client : {"10.0.0.7", "10.0.0.7", "10.0.0.8"}) {
    record.client = IpAddress::parse(client).value();
    ASSERT_TRUE(push(record, 0));
  }
  const auto plan = [&](Parameters parameters) {
    parameters["profile"] = "google-talk";
    return call("plan", parameters);
  };
  // The ledger hears of the name too, sooner or later; then the address is held, and only `shared` counts it.
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (store->ledger->current()->number < 3 && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(plan({}).at("names").as_array().empty());
  const boost::json::value shared = plan({{"shared", "1"}});
  ASSERT_EQ(shared.at("names").as_array().size(), 1u);
  EXPECT_EQ(shared.at("names").as_array()[0].at("clients").to_number<int>(), 2);
  EXPECT_EQ(shared.at("names").as_array()[0].at("queries").to_number<int>(), 3);
  EXPECT_THAT(plan_text(shared), HasSubstr("would have cut 1 name that 2 clients asked for 3 times"));
  clock.advance(std::chrono::hours(24 * 8));
  EXPECT_TRUE(plan({{"shared", "1"}}).at("names").as_array().empty()) << "older than what is looked at";
}

TEST_F(Server, ASearchEndsWhenNobodyWaitsForIt) {
  QueryRecord record;
  record.client = IpAddress::parse("10.0.0.7").value();
  record.name = DnsName::parse("www.example.com").value();
  ASSERT_TRUE(push(record, 0));
  std::stop_source stop;
  stop.request_stop();
  for (const auto& [what, parameters] :
       {std::pair{"history", Parameters{}}, std::pair{"history", Parameters{{"count", "1"}}},
        std::pair{"why", Parameters{{"subject", "www.example.com"}}}})
    EXPECT_EQ(call_api(*store, what, parameters, stop.get_token()).status, 503u) << what;
}

}  // namespace
}  // namespace sinkfeed
