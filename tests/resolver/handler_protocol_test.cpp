// What goes out for what came in: RFC 1035, 4035, 4343, 6840, 6891, 8482, 8914, 9619; limits.
#include "tests/resolver/handler_lab.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

class Protocol : public test::HandlerLab {};

TEST_F(Protocol, Rfc1035_4_1_1_AnAnswerIsNotAQuestion) {
  auto packet = test::query("a.test", dns::A);
  packet[2] |= 0x80;
  EXPECT_FALSE(ask(packet).came());
  EXPECT_TRUE(recorded().empty());
}

TEST_F(Protocol, Rfc1035_4_1_1_RdIsCopiedRaIsSetAaAndZAreNot) {
  auto message = address("a.test");
  message[2] = 0x85, message[3] = 0xc0;  // upstream has authority over it, and sets the reserved bit
  const auto reply = ask_through("a.test", dns::A, message);
  EXPECT_EQ(reply.flags() & 0xfff0u, 0x8180u);
  auto shape = edns();
  shape.flags = 0;
  EXPECT_EQ(ask(test::query("a.test", dns::A, shape)).flags() & 0xfff0u, 0x8080u);
}

TEST_F(Protocol, Rfc1035_4_1_1_OtherOpcodesAreNotImplemented) {
  auto packet = test::query("a.test", dns::A);
  for (unsigned opcode = 1; opcode < 16; opcode++) {
    packet[2] = static_cast<std::uint8_t>(opcode << 3);
    const auto reply = ask(packet);
    EXPECT_EQ(reply.rcode(), 4u) << opcode;
    EXPECT_EQ(reply.flags() >> 11 & 15u, opcode) << "goes back as it came";
  }
}

TEST_F(Protocol, Rfc1035_3_2_4_ClassesOtherThanInternetAreRefused) {
  for (const unsigned klass : {2u, 3u, 4u, 254u, 255u, 65280u}) {
    auto packet = test::query("version.bind", dns::TXT);
    dns::write16(packet.data() + packet.size() - 2, static_cast<std::uint16_t>(klass));
    const auto reply = ask(packet);
    ASSERT_TRUE(reply.came()) << klass;
    EXPECT_EQ(reply.rcode(), 5u) << klass;
    EXPECT_EQ(dns::read16(reply.bytes.data() + reply.bytes.size() - 2), klass) << "the question goes back";
  }
}

TEST_F(Protocol, Rfc5936_2_2_1_ZoneTransfersAreRefused) {
  EXPECT_EQ(ask(test::query("a.test", dns::AXFR), Transport::tcp).rcode(), 5u);
  auto ixfr = test::query("a.test", dns::IXFR);
  ixfr[9] = 1;  // RFC 1995 3: the SOA that the client has, in the authority section
  test::put16(ixfr, 0xc00c), test::put16(ixfr, dns::SOA), test::put16(ixfr, dns::IN), test::put32(ixfr, 0);
  test::put16(ixfr, static_cast<unsigned>(test::soa(1).size()));
  test::put(ixfr, test::soa(1));
  EXPECT_EQ(ask(ixfr, Transport::tcp).rcode(), 5u);
  EXPECT_EQ(ask(ixfr).rcode(), 5u);
}

TEST_F(Protocol, Rfc9619_3_OneQuestionOrNone) {
  auto packet = test::query("a.test", dns::A);
  packet[5] = 2;
  EXPECT_EQ(ask(packet).rcode(), 1u);
  packet[5] = 0;
  packet.resize(12);
  EXPECT_EQ(ask(packet).rcode(), 1u) << "a header alone";
  packet.resize(11);
  EXPECT_FALSE(ask(packet).came()) << "less than a header";
}

TEST_F(Protocol, Rfc4343_3_TheQuestionGoesBackInTheCaseItCameIn) {
  ask_through("a.test", dns::A, address("a.test"));
  const auto reply = ask("A.tEsT");
  ASSERT_TRUE(reply.came()) << "names compare without case";
  const std::string name = test::wire_as_is("A.tEsT");
  EXPECT_TRUE(std::equal(name.begin(), name.end(), reply.bytes.begin() + 12));
}

TEST_F(Protocol, Rfc6891_7_NoOptToWhoSentNone) {
  ask_through("a.test", dns::A, address("a.test"));
  EXPECT_EQ(ask(test::query("a.test", dns::A)).count(3), 0u);
  EXPECT_EQ(ask("a.test").count(3), 1u);
  EXPECT_EQ(ask(test::query("talk.google.com", dns::A)).count(3), 0u) << "nor an EDE";
}

TEST_F(Protocol, Rfc6891_6_1_3_AVersionAbove0GetsBadversWithOurs) {
  auto shape = edns();
  shape.version = 1;
  const auto reply = ask(test::query("a.test", dns::A, shape));
  EXPECT_EQ(reply.rcode(), 0u);
  const std::size_t opt = reply.bytes.size() - 11;
  EXPECT_EQ(reply.bytes[opt + 5], 1) << "the upper bits of 16";
  EXPECT_EQ(reply.bytes[opt + 6], 0) << "our version";
}

TEST_F(Protocol, Rfc9715_3_1_LargerThan1232GoesOverTcp) {
  std::vector<test::Rr> many;
  for (int i = 0; i < 100; i++) many.push_back({"big.test", dns::A, 60, test::a("198.51.100." + std::to_string(i))});
  auto shape = edns();
  shape.udp_size = 4096;
  EXPECT_FALSE(ask(test::query("big.test", dns::A, shape)).came());
  upstream.answer(test::response("big.test", dns::A, 0, many));
  EXPECT_TRUE(last().truncated());
  EXPECT_EQ(last().count(1), 0u) << "header, question and OPT only";
  EXPECT_EQ(last().count(3), 1u);
  const auto whole = ask(test::query("big.test", dns::A, shape), Transport::tcp);
  EXPECT_FALSE(whole.truncated());
  EXPECT_EQ(whole.count(1), 100u);
}

TEST_F(Protocol, Rfc6891_6_2_3_ASizeBelow512Is512) {
  std::vector<test::Rr> some;
  for (int i = 0; i < 25; i++) some.push_back({"mid.test", dns::A, 60, test::a("198.51.100." + std::to_string(i))});
  auto shape = edns();
  shape.udp_size = 100;
  EXPECT_FALSE(ask(test::query("mid.test", dns::A, shape)).came());
  upstream.answer(test::response("mid.test", dns::A, 0, some));
  EXPECT_FALSE(last().truncated());
  EXPECT_GT(last().bytes.size(), 400u);
}

TEST_F(Protocol, Rfc7871_7_1_AClientSubnetIsNotEchoedAndAnAnswerIsForAll) {
  auto packet = test::query("a.test", dns::A, edns());
  packet[packet.size() - 1] = 11;  // RDLENGTH; ECS: family 1, /24, scope 0
  test::put16(packet, 8), test::put16(packet, 7), test::put16(packet, 1);
  for (const unsigned byte : {24u, 0u, 203u, 0u, 113u}) packet.push_back(static_cast<std::uint8_t>(byte));
  EXPECT_FALSE(ask(packet).came());
  upstream.answer(address("a.test"));
  const test::Bytes bytes = last().bytes;
  ASSERT_GE(bytes.size(), 11u);
  EXPECT_EQ(test::Bytes(bytes.end() - 11, bytes.end()), (test::Bytes{0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0}));
  EXPECT_TRUE(ask("a.test").came()) << "no question of ours had a subnet, so its answer has no scope";
}

TEST_F(Protocol, Rfc8482_4_2_AnyGetsOneHinfo) {
  const auto reply = ask("a.test", dns::ANY);
  EXPECT_EQ(reply.count(1), 1u);
  EXPECT_TRUE(upstream.asked.empty());
}

TEST_F(Protocol, Rfc6840_5_7_AdOnlyFromWhoIsTrustedAndToWhoAsked) {
  settings.upstream.trust_ad = true;
  auto validated = address("a.test");
  validated[3] |= 0x20;
  EXPECT_EQ(ask_through("a.test", dns::A, validated).flags() & dns::kAd, 0u) << "nobody asked for it";
  auto shape = edns();
  shape.flags |= dns::kAd;
  EXPECT_NE(ask(test::query("a.test", dns::A, shape)).flags() & dns::kAd, 0u);
}

TEST_F(Protocol, Rfc6840_5_8_AdOfAStrangerGoes) {
  auto validated = address("a.test");
  validated[3] |= 0x20;
  auto shape = edns();
  shape.flags |= dns::kAd;
  EXPECT_FALSE(ask(test::query("a.test", dns::A, shape)).came());
  upstream.answer(validated);
  EXPECT_EQ(last().flags() & dns::kAd, 0u);
}

TEST_F(Protocol, Rfc4035_3_2_1_SignaturesOnlyToWhoSetDo) {
  const std::string signature = std::string("\0\1\10\2\0\0\1\x2c", 8) + std::string(10, 's') + test::wire("test") + "x";
  const auto is_signed = test::response(
      "a.test", dns::A, 0, {{"a.test", dns::A, 300, test::a("198.51.100.1")}, {"a.test", dns::RRSIG, 300, signature}});
  EXPECT_EQ(ask_through("a.test", dns::A, is_signed).count(1), 1u);
  auto shape = edns();
  shape.dnssec_ok = true;
  EXPECT_FALSE(ask(test::query("a.test", dns::A, shape)).came());
  upstream.answer(is_signed);
  EXPECT_EQ(last().count(1), 2u);
}

TEST_F(Protocol, Rfc4035_3_2_1_DenialsAndDelegationsOnlyToWhoSetDo) {
  const std::vector<test::Rr> authority{{"test", dns::SOA, 300, test::soa(300)},
                                        {"a.test", dns::NSEC, 300, test::wire("c.test") + std::string("\0\1\x40", 3)},
                                        {"test", dns::NSEC3, 300, std::string("\1\0\0\0\0\1x\1\1\1\x40", 12)},
                                        {"test", dns::DS, 300, std::string("\0\1\x0d\2", 4) + std::string(32, 'd')}};
  EXPECT_EQ(ask_through("b.test", dns::A, test::response("b.test", dns::A, 3, {}, authority)).count(2), 1u);
  auto shape = edns();
  shape.dnssec_ok = true;
  EXPECT_FALSE(ask(test::query("b.test", dns::A, shape)).came());
  upstream.answer(test::response("b.test", dns::A, 3, {}, authority));
  EXPECT_EQ(last().count(2), 4u);
}

TEST_F(Protocol, Rfc8914_3_AnUpstreamsExtendedErrorPassesThrough) {
  auto message = test::response("a.test", dns::A, 2, {});
  message[11] = 1;  // one additional record: the OPT
  message.push_back(0);
  for (const unsigned value : {41u, 1232u, 0u, 0u, 10u, 15u, 6u, 6u}) test::put16(message, value);
  test::put(message, "DNSS");
  ASSERT_EQ(ask_through("a.test", dns::A, message).ede(), 6u);
}

TEST_F(Protocol, Rfc8914_4_19_AClientThatIsNotAllowedIsTold) {
  const auto packet = test::query("a.test", dns::A, edns());
  const auto reply = ask(packet, Transport::udp, "198.51.100.99");
  EXPECT_EQ(reply.rcode(), 5u);
  EXPECT_EQ(reply.ede(), 18u);
  EXPECT_EQ(reply.bytes.size(), packet.size() + 6) << "the code alone: a stranger may be somebody else";
}

TEST_F(Protocol, Rfc8914_4_23_AnUpstreamThatIsSilent) {
  EXPECT_FALSE(ask("a.test").came());
  upstream.fail(UpstreamOutcome::timed_out);
  EXPECT_EQ(last().rcode(), 2u);
  EXPECT_EQ(last().ede(), 22u);
}

TEST_F(Protocol, Rfc8914_4_24_AnUpstreamThatCannotBeReached) {
  EXPECT_FALSE(ask("a.test").came());
  upstream.fail(UpstreamOutcome::unreachable);
  EXPECT_EQ(last().rcode(), 2u);
  EXPECT_EQ(last().ede(), 23u);
}

class Limits : public test::HandlerLab {};

TEST_F(Limits, WhoAsksTooMuchMustComeOverTcp) {
  settings.dns.rate_limit = 100;
  ask_through("a.test", dns::A, address("a.test"));
  unsigned answered = 0, told = 0;
  for (int i = 0; i < 200; i++) {
    const auto reply = ask("a.test");
    ASSERT_TRUE(reply.came());
    ASSERT_LE(reply.bytes.size(), 100u);
    reply.truncated() ? told++ : answered++;
  }
  EXPECT_NEAR(answered, 50, 2) << "half a second's worth at once";
  EXPECT_GT(told, 140u);
  EXPECT_FALSE(ask(test::query("a.test", dns::A, edns()), Transport::tcp).truncated());
  EXPECT_FALSE(ask(test::query("a.test", dns::A, edns()), Transport::udp, "10.0.0.8").truncated()) << "others may";
  EXPECT_FALSE(ask(test::query("a.test", dns::A, edns()), Transport::udp, "127.0.0.1").truncated());
  later(1s);
  EXPECT_FALSE(ask("a.test").truncated());
  EXPECT_TRUE(recorded().back().flags & kFlagEdns);
}

TEST_F(Limits, Rfc5358_4_WhoIsNotAllowedIsNotRefusedWithoutEnd) {
  settings.dns.rate_limit = 100;
  int refused = 0;
  for (int i = 0; i < 1000; i++)
    refused += ask(test::query("a.test", dns::A), Transport::udp, "198.51.100.99").came() ? 1 : 0;
  EXPECT_LT(refused, 60);
}

TEST_F(Limits, Rfc5358_4_RefusalsToStrangersAreBoundedInAll) {
  settings.dns.rate_limit = 0;
  const auto refused = [&] {
    int count = 0;
    for (int i = 0; i < 1000; i++) {
      const std::string from = "198.51." + std::to_string(i / 250) + "." + std::to_string(i % 250);
      count += ask(test::query("a.test", dns::A), Transport::udp, from).came() ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(refused(), 100);
  EXPECT_EQ(refused(), 0);
  EXPECT_EQ(ask(test::query("a.test", dns::A), Transport::tcp, "198.51.100.99").rcode(), 5u)
      << "who has a connection is who he says";
  EXPECT_TRUE(ask("localhost").came()) << "nobody else is held back";
  later(1s);
  EXPECT_EQ(refused(), 100);
}

TEST_F(Limits, OneClientCannotTakeAllThatWaits) {
  settings.dns.rate_limit = 0;
  for (int i = 0; i < 5000; i++) ask("n" + std::to_string(i) + ".test");
  EXPECT_EQ(handler().waiting_askers(), 1000u);
  ask(test::query("other.test", dns::A), Transport::udp, "10.0.0.8");
  EXPECT_EQ(handler().waiting_askers(), 1001u);
}

TEST_F(Limits, AnIpv6NetworkIsOneClient) {
  settings.dns.rate_limit = 0;
  for (int i = 0; i < 3000; i++) {
    const std::string n = std::to_string(i);
    ask(test::query("n" + n + ".test", dns::A), Transport::udp, "fd00::" + n);
  }
  EXPECT_EQ(handler().waiting_askers(), 1000u);
  ask(test::query("other.test", dns::A), Transport::udp, "fd00:0:0:1::1");
  EXPECT_EQ(handler().waiting_askers(), 1001u);
  while (!upstream.asked.empty()) upstream.fail();
  EXPECT_FALSE(ask(test::query("again.test", dns::A), Transport::udp, "fd00::99").came());
  EXPECT_EQ(handler().waiting_askers(), 1u) << "who has his answers may ask again";
}

TEST_F(Limits, AForwardingLoopIsBrokenAndNamed) {
  settings.dns.allow.push_back(Network::parse("192.0.2.53").value());
  EXPECT_FALSE(ask("a.test").came());
  const auto back = ask(test::query("A.test", dns::A, edns()), Transport::udp, "10.0.0.9");
  EXPECT_FALSE(back.came()) << "any other client waits with the first";
  const auto ours = ask(test::query("a.tEst", dns::A, edns()), Transport::udp, "192.0.2.53");
  ASSERT_TRUE(ours.came()) << "upstream asks what it was asked";
  EXPECT_EQ(ours.rcode(), 2u);
  ASSERT_TRUE(health.problems().contains("loop"));
  EXPECT_NE(health.problems()["loop"].find("192.0.2.53"), std::string::npos);
  EXPECT_FALSE(ask(test::query("other.test", dns::A), Transport::udp, "192.0.2.53").came()) << "it may ask for its own";
  later(61s);
  EXPECT_TRUE(health.problems().empty());
}

TEST_F(Limits, RebindingProtectionRemovesPrivateAddresses) {
  settings.dns.rebind_protection = true;
  settings.dns.rebind_allow = {DnsName::parse("corp.test").value()};
  const auto rebound = test::response("evil.test", dns::A, 0,
                                      {{"evil.test", dns::A, 60, test::a("192.168.1.1")},
                                       {"evil.test", dns::A, 60, test::a("127.0.0.1")},
                                       {"evil.test", dns::A, 60, test::a("203.1.113.9")}});
  const auto reply = ask_through("evil.test", dns::A, rebound);
  EXPECT_EQ(reply.answers(), std::vector<std::string>{"203.1.113.9"});
  EXPECT_EQ(reply.ede(), 17u);
  EXPECT_EQ(ask_through("x.corp.test", dns::A, address("x.corp.test", 60, "192.168.1.1")).answers(),
            std::vector<std::string>{"192.168.1.1"});
}

}  // namespace
}  // namespace sinkfeed
