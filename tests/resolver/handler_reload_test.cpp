// What another plan does to what is cached and to what waits.
#include "tests/resolver/handler_lab.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

class Reloaded : public test::HandlerLab {
 protected:
  static std::shared_ptr<const Catalogue> also(std::string_view name, Match match = Match::suffix) {
    Profile profile = catalogue()->profiles()[0];
    profile.names.push_back({DnsName::parse(name).value(), match, Tier::core, "new", ""});
    const Tier tiers[] = {Tier::core};
    return std::make_shared<const Catalogue>(std::vector{profile}, tiers);
  }
  static std::shared_ptr<const Catalogue> nothing() {
    return std::make_shared<const Catalogue>(std::vector<Profile>{}, std::span<const Tier>{});
  }
  void reload() { handler().adopt(plan(), upstream); }
  static test::Bytes alias(std::string_view name, std::string_view to) {
    return test::response(name, dns::A, 0,
                          {{std::string(name), dns::CNAME, 300, test::wire(to)},
                           {std::string(to), dns::A, 300, test::a("198.51.100.9")}});
  }
};

TEST_F(Reloaded, WhatIsCachedIsServedOn) {
  ask_through("a.test", dns::A, address("a.test", 300));
  ask_through("alias.test", dns::A, alias("alias.test", "b.test"));
  ask_through("n.test", dns::A, missing("n.test"));
  profiles = also("chat.example");
  reload();
  later(10s);
  EXPECT_EQ(ask("a.test").ttl(), 290u);
  EXPECT_EQ(ask("alias.test").answers(), (std::vector<std::string>{"CNAME b.test.", "198.51.100.9"}));
  EXPECT_EQ(ask("n.test").rcode(), 3u);
  EXPECT_EQ(ask("below.n.test", dns::TXT).rcode(), 3u) << "the cut holds too";
  EXPECT_TRUE(upstream.asked.empty());
}

TEST_F(Reloaded, ANewTargetIsSunkThoughItIsCached) {
  ask_through("im.chat.example", dns::A, address("im.chat.example"));
  profiles = also("chat.example");
  reload();
  EXPECT_EQ(ask("im.chat.example").answers(), std::vector<std::string>{"192.0.2.1"});
  EXPECT_EQ(watched, std::vector<std::string>{"im.chat.example"});
}

TEST_F(Reloaded, ACoveredNameThatMailIsSentToIsLookedUpAndTheMailIsNotInItsWay) {
  profiles = also("chat.example");
  reload();
  using namespace std::string_literals;
  ask_through("office.test", dns::MX,
              test::response("office.test", dns::MX, 0,
                             {{"office.test", dns::MX, 300,
                               "\0\5"s + std::string(DnsName::parse("mx.chat.example").value().wire())}}));
  EXPECT_EQ(last().answers(), std::vector<std::string>{"MX 5 mx.chat.example."});
  EXPECT_EQ(watched, std::vector<std::string>{"mx.chat.example"});
}

TEST_F(Reloaded, WhatIsCachedAndLeadsToANewTargetIsAskedForAgain) {
  ask_through("alias.test", dns::A, alias("alias.test", "im.chat.example"));
  profiles = also("chat.example");
  reload();
  EXPECT_FALSE(ask("alias.test").came());
  upstream.answer(alias("alias.test", "im.chat.example"));
  EXPECT_EQ(last().answers(), std::vector<std::string>{"192.0.2.1"});
}

TEST_F(Reloaded, StaleDataOfANewTargetIsNotServed) {
  ask_through("alias.test", dns::A, alias("alias.test", "im.chat.example"));
  later(400s);
  profiles = also("chat.example");
  reload();
  EXPECT_FALSE(ask("alias.test").came());
  upstream.fail();
  EXPECT_EQ(last().rcode(), 2u);
}

TEST_F(Reloaded, AFormerTargetResolvesAgain) {
  EXPECT_EQ(ask("talk.google.com").answers(), std::vector<std::string>{"192.0.2.1"});
  profiles = nothing();
  reload();
  EXPECT_FALSE(ask("talk.google.com").came());
  upstream.answer(address("talk.google.com"));
  EXPECT_EQ(last().answers(), std::vector<std::string>{"198.51.100.1"});
}

TEST_F(Reloaded, SunkNamesGetTheNewAnswer) {
  EXPECT_EQ(ask("talk.google.com").answers(), std::vector<std::string>{"192.0.2.1"});
  settings.block.ipv4 = IpAddress::parse("203.0.113.7").value();
  reload();
  EXPECT_EQ(ask("talk.google.com").answers(), std::vector<std::string>{"203.0.113.7"});
  settings.block.mode = BlockMode::nxdomain;
  reload();
  EXPECT_EQ(ask("talk.google.com").rcode(), 3u);
}

TEST_F(Reloaded, WhoWaitsForANewTargetIsAnsweredAtOnce) {
  EXPECT_FALSE(ask("im.chat.example").came());
  EXPECT_FALSE(ask("a.test").came());
  profiles = also("chat.example");
  reload();
  ASSERT_EQ(inbox->replies.size(), 1u);
  EXPECT_EQ(last().answers(), std::vector<std::string>{"192.0.2.1"});
  EXPECT_EQ(handler().waiting_askers(), 1u);
  upstream.answer(address("im.chat.example"));
  EXPECT_EQ(inbox->replies.size(), 1u) << "nobody waits for that any more";
  upstream.answer(address("a.test"));
  EXPECT_EQ(inbox->replies.size(), 2u);
  EXPECT_EQ(handler().waiting_askers(), 0u);
  EXPECT_EQ(ask("im.chat.example").answers(), std::vector<std::string>{"192.0.2.1"});
}

TEST_F(Reloaded, WhatIsOnItsWayIsJudgedByTheNewPolicy) {
  EXPECT_FALSE(ask("alias.test").came());
  profiles = also("chat.example");
  reload();
  upstream.answer(alias("alias.test", "im.chat.example"));
  EXPECT_EQ(last().answers(), std::vector<std::string>{"192.0.2.1"});
  ASSERT_EQ(observations.size(), 1u);
  EXPECT_EQ(observations[0].address, IpAddress::parse("198.51.100.9").value());
}

TEST_F(Reloaded, WhatWasAskedOfTheFormerUpstreamIsAnswered) {
  test::ToldUpstream another;
  EXPECT_FALSE(ask("a.test").came());
  handler().adopt(plan(), another);
  EXPECT_FALSE(ask("b.test").came());
  EXPECT_EQ(another.asked.size(), 1u);
  upstream.answer(address("a.test"));
  EXPECT_EQ(last().answers(), std::vector<std::string>{"198.51.100.1"});
}

TEST_F(Reloaded, RebindingProtectionHoldsForWhatIsCached) {
  ask_through("trick.test", dns::A, address("trick.test", 300, "10.0.0.1"));
  settings.dns.rebind_protection = true;
  reload();
  EXPECT_FALSE(ask("trick.test").came());
  upstream.answer(address("trick.test", 300, "10.0.0.1"));
  EXPECT_TRUE(last().answers().empty());
  settings.dns.rebind_protection = false;
  reload();
  EXPECT_FALSE(ask("trick.test").came()) << "what was removed is not in the cache";
}

TEST_F(Reloaded, ALowerLimitOfTtlsHoldsForWhatIsCached) {
  ask_through("a.test", dns::A, address("a.test", 3000));
  settings.cache.max_ttl = 60s;
  reload();
  EXPECT_FALSE(ask("a.test").came());
}

TEST_F(Reloaded, WhoMayAskIsSeenAtOnce) {
  ask_through("a.test", dns::A, address("a.test"));
  settings.dns.allow = {Network::parse("10.9.0.0/16").value()};
  reload();
  EXPECT_EQ(ask("a.test").rcode(), 5u);
}

TEST_F(Reloaded, ACacheOfAnotherSizeHasTheSameAnswers) {
  ask_through("a.test", dns::A, address("a.test", 300));
  shared_cache = std::make_shared<Cache>(8 << 20, *shared_cache);
  reload();
  later(10s);
  EXPECT_EQ(ask("a.test").ttl(), 290u);
}

}  // namespace
}  // namespace sinkfeed
