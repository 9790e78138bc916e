// What the cache may answer with, and for how long: RFC 2308, 8020, 8767, 9520, and prefetch.
#include "tests/resolver/handler_lab.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;
using testing::Test;

class CacheRules : public test::HandlerLab {};

TEST_F(CacheRules, Rfc2181_8_TtlsCountDown) {
  ask_through("a.test", dns::A, address("a.test", 300));
  later(100s);
  EXPECT_EQ(ask("a.test").ttl(), 200u);
  later(199s);
  upstream.asked.clear();  // the renewal of its last tenth
  EXPECT_EQ(ask("a.test").ttl(), 1u);
}

TEST_F(CacheRules, Rfc5452_5_OneUpstreamQuestionForManyAskers) {
  for (int i = 0; i < 50; i++) EXPECT_FALSE(ask("a.test").came());
  EXPECT_EQ(upstream.asked.size(), 1u);
  upstream.answer(address("a.test"));
  EXPECT_EQ(inbox->replies.size(), 50u);
}

// Poison over troubled forwarders (USENIX Security 2020).
TEST_F(CacheRules, Rfc2181_5_4_1_TheEndOfAChainIsNotKeptUnderItsOwnName) {
  ask_through("alias.test", dns::A,
              test::response("alias.test", dns::A, 0,
                             {{"alias.test", dns::CNAME, 300, test::wire("bank.example")},
                              {"bank.example", dns::A, 300, test::a("203.0.113.66")}}));
  EXPECT_EQ(last().answers().size(), 2u);
  EXPECT_FALSE(ask("bank.example").came()) << "it is asked for";
  EXPECT_EQ(upstream.asked.size(), 1u);
}

TEST_F(CacheRules, Rfc2308_5_NegativeAnswersLiveByTheSoa) {
  settings.cache.serve_stale = 0s;
  ask_through("n.test", dns::A, test::response("n.test", dns::A, 0, {}, {{"test", dns::SOA, 60, test::soa(300)}}));
  later(59s);
  EXPECT_TRUE(ask("n.test").came());
  later(2s);
  EXPECT_FALSE(ask("n.test").came());
}

TEST_F(CacheRules, Rfc2308_5_WithoutAnSoaNothingIsCached) {
  ask_through("n.test", dns::A, test::response("n.test", dns::A, 3, {}));
  EXPECT_FALSE(ask("n.test").came());
}

TEST_F(CacheRules, Rfc2308_5_NxdomainIsForEveryType) {
  ask_through("n.test", dns::A, missing("n.test"));
  later(10s);
  const auto reply = ask("n.test", dns::AAAA);
  ASSERT_TRUE(reply.came());
  EXPECT_EQ(reply.rcode(), 3u);
  EXPECT_EQ(dns::read16(reply.bytes.data() + 12 + test::wire("n.test").size()), dns::AAAA) << "its own question";
  EXPECT_EQ(reply.ttl(), 290u);
}

TEST_F(CacheRules, Rfc8020_2_BelowANameThatDoesNotExistIsNothing) {
  ask_through("n.test", dns::A, missing("n.test"));
  later(10s);
  const auto reply = ask("very.deep.n.test", dns::TXT);
  ASSERT_TRUE(reply.came());
  EXPECT_EQ(reply.rcode(), 3u);
  EXPECT_EQ(reply.count(2), 1u) << "the SOA comes along";
  EXPECT_EQ(reply.ttl(), 290u);
  EXPECT_FALSE(ask("xn.test").came()) << "a label boundary counts";
}

TEST_F(CacheRules, Rfc8020_2_AnAnswerToTypeZeroSaysNothingOfOtherTypes) {
  ask_through("com", 0, test::response("com", 0, 0, {}, {{"com", dns::SOA, 300, test::soa(300)}}));
  EXPECT_FALSE(ask("com").came()) << "type 0 is a type like any other";
  EXPECT_FALSE(ask("x.com").came());
  upstream.asked.clear();
  ask_through("gone.test", 0, missing("gone.test", 0));
  const auto reply = ask("gone.test");
  ASSERT_TRUE(reply.came());
  EXPECT_EQ(reply.rcode(), 3u) << "what it says of the name holds";
}

TEST_F(CacheRules, Rfc8020_2_NotForWhoWantsTheProof) {
  ask_through("n.test", dns::A, missing("n.test"));
  auto shape = edns();
  shape.dnssec_ok = true;
  EXPECT_FALSE(ask(test::query("x.n.test", dns::A, shape)).came());
}

TEST_F(CacheRules, Rfc8020_2_AnAliasToNothingExistsItself) {
  ask_through("alias.test", dns::A,
              test::response("alias.test", dns::A, 3, {{"alias.test", dns::CNAME, 300, test::wire("gone.test")}},
                             {{"test", dns::SOA, 300, test::soa(300)}}));
  EXPECT_FALSE(ask("below.alias.test").came());
}

TEST_F(CacheRules, Rfc8020_2_AnAliasToNothingExistsItselfWhenItIsStaleToo) {
  ask_through("alias.test", dns::A,
              test::response("alias.test", dns::A, 3, {{"alias.test", dns::CNAME, 60, test::wire("gone.test")}},
                             {{"test", dns::SOA, 60, test::soa(60)}}));
  later(100s);
  EXPECT_FALSE(ask("alias.test").came());
  upstream.fail();
  EXPECT_EQ(last().ede(), 19u);
  EXPECT_TRUE(ask("alias.test").came());
  EXPECT_FALSE(ask("below.alias.test").came());
}

TEST_F(CacheRules, Rfc9520_3_2_FailuresAreCachedAndEachLastsLonger) {
  EXPECT_FALSE(ask("f.test").came());
  upstream.fail();
  EXPECT_EQ(last().rcode(), 2u);
  EXPECT_EQ(last().ede(), 22u);
  const auto cached = ask("f.test");
  ASSERT_TRUE(cached.came());
  EXPECT_EQ(cached.ede(), 13u) << "RFC 8914 4.14: a cached error";
  for (const auto lasts : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    later(lasts - 1s);
    EXPECT_TRUE(ask("f.test").came()) << lasts.count();
    later(1s);
    EXPECT_FALSE(ask("f.test").came()) << lasts.count();
    upstream.fail();
  }
}

TEST_F(CacheRules, Rfc9520_3_2_ARefusalIsCachedToo) {
  ask_through("f.test", dns::A, test::response("f.test", dns::A, 5, {}));
  EXPECT_EQ(last().rcode(), 5u);
  EXPECT_TRUE(ask("f.test").came());
  later(2s);
  EXPECT_FALSE(ask("f.test").came());
}

TEST_F(CacheRules, Rfc9520_3_2_AFailureOfUpstreamAndAMalformedAnswerAreCached) {
  EXPECT_EQ(ask_through("f.test", dns::A, test::response("f.test", dns::A, 2, {})).rcode(), 2u);
  EXPECT_TRUE(ask("f.test").came());
  auto malformed = address("m.test");
  malformed.resize(malformed.size() - 2);
  EXPECT_EQ(ask_through("m.test", dns::A, malformed).rcode(), 2u);
  EXPECT_TRUE(ask("m.test").came());
  EXPECT_TRUE(upstream.asked.empty());
  later(1s);
  EXPECT_FALSE(ask("f.test").came());
  EXPECT_FALSE(ask("m.test").came());
}

// The code's definition speaks of SERVFAIL alone.
TEST_F(CacheRules, Rfc8914_4_14_ACachedFailureSaysSo) {
  EXPECT_EQ(ask_through("f.test", dns::A, test::response("f.test", dns::A, 2, {})).ede(), std::nullopt);
  EXPECT_EQ(ask("f.test").ede(), 13u);
  ask_through("r.test", dns::A, test::response("r.test", dns::A, 5, {}));
  EXPECT_EQ(ask("r.test").ede(), std::nullopt);
}

TEST_F(CacheRules, Rfc8767_5_StaleDataGoesOutWhenUpstreamIsSlow) {
  ask_through("a.test", dns::A, address("a.test", 60));
  later(100s);
  EXPECT_FALSE(ask("a.test").came());
  later(1700ms);
  EXPECT_EQ(inbox->replies.size(), 1u);
  later(100ms);
  ASSERT_EQ(inbox->replies.size(), 2u);
  EXPECT_EQ(last().ede(), 3u);
  EXPECT_EQ(last().ttl(), 30u);
  EXPECT_EQ(handler().waiting_askers(), 0u);
  // The refresh goes on behind it.
  ASSERT_EQ(upstream.asked.size(), 1u);
  upstream.answer(address("a.test", 60, "198.51.100.2"));
  EXPECT_EQ(inbox->replies.size(), 2u) << "nobody is answered twice";
  EXPECT_EQ(ask("a.test").answers(), std::vector<std::string>{"198.51.100.2"});
}

TEST_F(CacheRules, Rfc8767_5_StaleDataGoesOutAtOnceWhenUpstreamFails) {
  ask_through("a.test", dns::A, address("a.test", 60));
  later(100s);
  EXPECT_FALSE(ask("a.test").came());
  upstream.fail(UpstreamOutcome::unreachable);
  EXPECT_EQ(last().rcode(), 0u);
  EXPECT_EQ(last().ede(), 3u);
  later(5s);
  EXPECT_TRUE(ask("a.test").came()) << "for half a minute upstream is left alone";
  EXPECT_TRUE(upstream.asked.empty());
}

TEST_F(CacheRules, Rfc8767_5_NobodyWaitsForServersThatAreKnownToBeDead) {
  ask_through("a.test", dns::A, address("a.test", 60));
  later(100s);
  upstream.down = true;
  EXPECT_FALSE(ask("a.test").came());
  later(100ms);
  ASSERT_EQ(inbox->replies.size(), 2u);
  EXPECT_EQ(last().ede(), 3u);
  EXPECT_EQ(upstream.asked.size(), 1u) << "the refresh goes on behind it";
}

TEST_F(CacheRules, Rfc8767_5_AStaleNxdomainSaysSo) {
  ask_through("n.test", dns::A, missing("n.test", dns::A, 60));
  later(100s);
  EXPECT_FALSE(ask("n.test").came());
  upstream.fail();
  EXPECT_EQ(last().rcode(), 3u);
  EXPECT_EQ(last().ede(), 19u);
}

TEST_F(CacheRules, Rfc8767_5_ThereIsAnEndToStaleData) {
  settings.cache.serve_stale = 3600s;
  ask_through("a.test", dns::A, address("a.test", 60));
  for (int i = 0; i < 60; i++) {
    later(90s);
    if (!ask("a.test").came()) upstream.fail();
    if (last().rcode() == 2u) return;
  }
  FAIL() << "served for ever";
}

TEST_F(CacheRules, Rfc8767_5_NeverIfSwitchedOff) {
  settings.cache.serve_stale = 0s;
  ask_through("a.test", dns::A, address("a.test", 60));
  later(100s);
  EXPECT_FALSE(ask("a.test").came());
  upstream.fail();
  EXPECT_EQ(last().rcode(), 2u);
}

TEST_F(CacheRules, APopularAnswerIsRenewedOnceInItsLastTenth) {
  ask_through("a.test", dns::A, address("a.test", 300));
  later(269s);
  ask("a.test");
  EXPECT_TRUE(upstream.asked.empty());
  later(2s);
  for (int i = 0; i < 10; i++) EXPECT_TRUE(ask("a.test").came());
  ASSERT_EQ(upstream.asked.size(), 1u);
  upstream.answer(address("a.test", 300));
  EXPECT_EQ(ask("a.test").ttl(), 300u);
}

TEST_F(CacheRules, ARenewalThatFailsChangesNothing) {
  ask_through("a.test", dns::A, address("a.test", 300));
  later(280s);
  ask("a.test");
  upstream.fail();
  EXPECT_EQ(ask("a.test").ttl(), 20u);
}

TEST_F(CacheRules, Rfc8767_4_TtlsAreHeldBetweenTheirLimits) {
  settings.cache.min_ttl = 10s;
  settings.cache.max_ttl = 1000s;
  settings.cache.max_negative_ttl = 50s;
  EXPECT_EQ(ask_through("a.test", dns::A, address("a.test", 1)).ttl(), 10u);
  EXPECT_EQ(ask_through("b.test", dns::A, address("b.test", 5000)).ttl(), 1000u);
  ask_through("n.test", dns::A, missing("n.test", dns::A, 900));
  later(51s);
  EXPECT_FALSE(ask("n.test").came());
}

TEST_F(CacheRules, Rfc4035_3_2_DoAndCdAreKeptApart) {
  ask_through("a.test", dns::A, address("a.test"));
  auto shape = edns();
  shape.dnssec_ok = true;
  EXPECT_FALSE(ask(test::query("a.test", dns::A, shape)).came());
  EXPECT_TRUE(upstream.asked.back().question.dnssec_ok);
  shape.dnssec_ok = false;
  shape.flags |= dns::kCd;
  EXPECT_FALSE(ask(test::query("a.test", dns::A, shape)).came());
  EXPECT_TRUE(upstream.asked.back().question.checking_disabled);
}

}  // namespace
}  // namespace sinkfeed
