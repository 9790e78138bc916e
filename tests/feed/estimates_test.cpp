// How much is unseen, as the API, the command line and metrics show it.
#include "feed/commands/text.hpp"
#include "server.hpp"

namespace sinkfeed {
namespace {

using test::Server;
using testing::HasSubstr;
using testing::Not;

struct Estimated : Server {
  Estimated() {
    store->estimates.set_profile("google-talk", {112, 140, 121, 180, 60, false});
    store->estimates.set_target({name("talk.google.com"), "google-talk", {10, 10, 10, 10, 40, true}});
    store->estimates.set_target({name("xmpp.l.google.com"), "google-talk", {100, 128, 109, 168, 20, false}});
  }
  static DnsName name(std::string_view text) { return DnsName::parse(text).value(); }
};

TEST_F(Estimated, TheCallHasAllTargetsMostUnseenFirst) {
  const boost::json::value body = call("estimates");
  EXPECT_EQ(body.at("profiles").at("google-talk").at("estimated").to_number<int>(), 140);
  const auto& targets = body.at("targets").as_array();
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].at("name").as_string(), "xmpp.l.google.com");
  EXPECT_EQ(targets[0].at("high").to_number<int>(), 168);
  EXPECT_TRUE(targets[1].at("complete").as_bool());
  EXPECT_EQ(call_api(*store, "estimates", {{"profile", "nothing"}}).status, 404u);
}

TEST_F(Estimated, StatusHasALineForTheProfileAndForWhatIsLeastSeen) {
  const std::string text = status_text(call("status"));
  EXPECT_THAT(text, HasSubstr("google-talk: seen 112 of about 140 (121 to 180)\n"));
  EXPECT_THAT(text, HasSubstr("xmpp.l.google.com: seen 100 of about 128 (109 to 168)\n"));
  EXPECT_THAT(text, Not(HasSubstr("talk.google.com: seen all")));
  store->estimates.set_profile("google-talk", {10, 10, 10, 10, 40, true});
  EXPECT_THAT(status_text(call("status")), HasSubstr("google-talk: seen all 10, most likely\n"));
}

TEST_F(Estimated, MetricsCountWithoutNamesAndClients) {
  store->counters.sweep_questions = 7;
  const std::string text = get("/metrics");
  EXPECT_THAT(text, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(text, HasSubstr("sinkfeed_sweep_questions_total 7\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE sinkfeed_queries_total counter\n"));
  EXPECT_THAT(text, HasSubstr("sinkfeed_queries_total{verdict=\"sinkhole\",qtype=\"A\",proto=\"udp\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("sinkfeed_feed_entries{profile=\"google-talk\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("sinkfeed_addresses_estimated_high{profile=\"google-talk\"} 180\n"));
  EXPECT_THAT(text, Not(HasSubstr("google.com")));
  EXPECT_EQ(ask("/metrics", "10.0.0.1"), 200u) << "http.allow";
  EXPECT_EQ(ask("/metrics", "198.51.100.1"), 403u);
}

}  // namespace
}  // namespace sinkfeed
