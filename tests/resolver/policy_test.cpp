#include "resolver/policy.hpp"

#include <gtest/gtest.h>

#include "resolver/block_answer.hpp"
#include "store/history_record.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

using Action = Decision::Action;

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }

std::shared_ptr<const Catalogue> catalogue() {
  Profile profile;
  profile.name = "chat";
  profile.ports = {5222};
  profile.names = {{name("talk.google.com"), Match::suffix, Tier::core, "login", ""},
                   {name("_xmpp-client._tcp.gmail.com"), Match::srv, Tier::core, "discovery", ""},
                   {name("_xmppconnect.gmail.com"), Match::no_data, Tier::core, "discovery", ""},
                   {name("xmpp.l.google.com"), Match::suffix, Tier::core, "servers", ""}};
  profile.never = {{name("mtalk.google.com"), Match::exact, "Android push"}};
  const Tier tiers[] = {Tier::core};
  return std::make_shared<const Catalogue>(std::vector{profile}, tiers);
}

Decision decide(std::string_view text, std::uint16_t type) {
  return Policy(catalogue()).decide(test::wire(text), type, dns::IN);
}

TEST(Policy, BlocksTargetsOfEveryType) {
  EXPECT_EQ(decide("talk.google.com", dns::A).action, Action::block);
  EXPECT_EQ(decide("talk.google.com", dns::HTTPS).action, Action::block);
  EXPECT_EQ(decide("a.b.talk.google.com", dns::AAAA).action, Action::block);
  EXPECT_EQ(decide("talk.google.com", dns::ANY).action, Action::block);
}

TEST(Policy, StopsAtLabelBoundariesAndAtNever) {
  EXPECT_EQ(decide("mtalk.google.com", dns::A).action, Action::forward);
  EXPECT_EQ(decide("mtalk.google.com", dns::A).coverage.kind, Coverage::Kind::never);
  EXPECT_EQ(decide("xtalk.google.com", dns::A).action, Action::forward);
}

TEST(Policy, SrvPassesStrippedAndItsOwnerHasNoAddress) {
  EXPECT_EQ(decide("_xmpp-client._tcp.gmail.com", dns::SRV).action, Action::strip);
  EXPECT_EQ(decide("_xmpp-client._tcp.gmail.com", dns::A).action, Action::no_data);
  EXPECT_EQ(decide("_xmppconnect.gmail.com", dns::TXT).action, Action::no_data);
}

TEST(Policy, RefusesTransfersAndOtherClassesAndAnswersAnyShortly) {
  EXPECT_EQ(decide("example.org", dns::AXFR).action, Action::refuse);
  EXPECT_EQ(decide("example.org", dns::IXFR).action, Action::refuse);
  for (const std::uint16_t klass : {0, 2, 3, 4, 254, 255, 256, 65280}) {
    for (const char* asked : {"version.bind", "talk.google.com", "localhost"})
      EXPECT_EQ(Policy(catalogue()).decide(test::wire(asked), dns::A, klass).action, Action::refuse) << klass;
  }
  EXPECT_EQ(decide("example.org", dns::ANY).action, Action::any);
}

TEST(Policy, AQuestionThatLeadsToATargetIsATarget) {
  const Policy policy(catalogue());
  const Decision plain = policy.decide(test::wire("chat.office.example"), dns::A, dns::IN);
  const DnsName led[] = {name("cname.office.example"), name("talk.google.com")};
  const auto decision = policy.decide_by_answer(plain, dns::A, led);
  ASSERT_TRUE(decision);
  EXPECT_EQ(decision->action, Action::block);
  EXPECT_EQ(decision->target, test::wire("talk.google.com"));
  EXPECT_EQ(decision->rule, "chat: suffix talk.google.com (core), by way of talk.google.com");
  EXPECT_EQ(policy.decide_by_answer(plain, dns::SRV, led)->action, Action::strip);
}

TEST(Policy, NeverWinsOverWhereAnAnswerLeads) {
  const Policy policy(catalogue());
  const DnsName led[] = {name("mtalk.google.com"), name("talk.google.com")};
  EXPECT_FALSE(policy.decide_by_answer(policy.decide(test::wire("x.test"), dns::A, dns::IN), dns::A, led));
  const DnsName target[] = {name("talk.google.com")};
  EXPECT_FALSE(policy.decide_by_answer(policy.decide(test::wire("mtalk.google.com"), dns::A, dns::IN), dns::A, target));
}

struct ModeCase {
  BlockMode mode;
  std::uint16_t type;
  int rcode;
  std::string answer;
};

// What ctest shows of a case.
std::ostream& operator<<(std::ostream& out, const ModeCase& one) {
  return out << block_mode_name(one.mode) << '-' << type_name(one.type);
}

class Modes : public testing::TestWithParam<ModeCase> {};

TEST_P(Modes, AnswerAsConfigured) {
  Settings::Block block;
  block.mode = GetParam().mode;
  block.ipv4 = IpAddress::parse("192.0.2.1").value();
  block.ipv6 = IpAddress::parse("2001:db8::1").value();
  const MadeAnswer made = make_answer(block, Action::block, test::wire("talk.google.com"), GetParam().type);
  EXPECT_EQ(made.rcode, GetParam().rcode);
  EXPECT_TRUE(made.has_ede);
  EXPECT_EQ(made.ede, 15);
  const auto items = test::answers_of(made.message);
  ASSERT_EQ(items.size(), GetParam().answer.empty() ? 0u : 1u);
  if (!items.empty()) {
    EXPECT_EQ(items[0], GetParam().answer);
  }
  EXPECT_EQ(dns::read16(reinterpret_cast<const std::uint8_t*>(made.message.data()) + 6), items.size());
}

INSTANTIATE_TEST_SUITE_P(All, Modes,
                         testing::Values(ModeCase{BlockMode::sinkhole, dns::A, 0, "192.0.2.1"},
                                         ModeCase{BlockMode::sinkhole, dns::AAAA, 0, "2001:db8::1"},
                                         ModeCase{BlockMode::sinkhole, dns::HTTPS, 0, ""},
                                         ModeCase{BlockMode::null_ip, dns::A, 0, "0.0.0.0"},
                                         ModeCase{BlockMode::null_ip, dns::AAAA, 0, "::"},
                                         ModeCase{BlockMode::nxdomain, dns::A, 3, ""},
                                         ModeCase{BlockMode::nodata, dns::A, 0, ""},
                                         ModeCase{BlockMode::refused, dns::A, 5, ""}));

}  // namespace
}  // namespace sinkfeed
