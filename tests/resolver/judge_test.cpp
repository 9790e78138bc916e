#include "resolver/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resolver/wire.hpp"
#include "store/history_record.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

using test::Bytes;
using testing::ElementsAre;
using testing::IsEmpty;

JudgedAnswer judged(const Bytes& message, std::string_view name, std::uint16_t type) {
  auto result = judge(message, test::wire(name), type, dns::IN);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().what);
  return result ? *result : JudgedAnswer{};
}

std::vector<std::string> texts(const JudgedAnswer& answer) { return test::answers_of(answer.message); }

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }

TEST(Judge, Rfc1034_3_6_2_FollowsTheChainAndKeepsItsAddresses) {
  const auto answer = judged(test::response("talk.google.com", dns::A, 0,
                                            {{"talk.google.com", dns::CNAME, 300, test::wire("talk.l.google.com")},
                                             {"talk.l.google.com", dns::A, 100, test::a("74.125.140.125")},
                                             {"talk.l.google.com", dns::A, 200, test::a("74.125.141.125")}}),
                             "talk.google.com", dns::A);
  EXPECT_THAT(answer.addresses, ElementsAre(ip("74.125.140.125"), ip("74.125.141.125")));
  EXPECT_THAT(answer.chain, ElementsAre(DnsName::parse("talk.l.google.com").value()));
  EXPECT_EQ(answer.lifetime_s, 100u);
  EXPECT_EQ(answer.ttl_offsets.size(), 3u);
}

TEST(Judge, Rfc2181_5_2_MakesAnRRsetsTtlsEqual) {
  const auto answer = judged(
      test::response("a.test", dns::A, 0,
                     {{"a.test", dns::A, 10, test::a("192.0.2.1")}, {"a.test", dns::A, 90, test::a("192.0.2.2")}}),
      "a.test", dns::A);
  for (const std::uint16_t offset : answer.ttl_offsets)
    EXPECT_EQ(dns::read32(reinterpret_cast<const std::uint8_t*>(answer.message.data()) + offset), 10u);
}

TEST(Judge, Rfc2181_8_ATtlWithTheTopBitSetIsZero) {
  EXPECT_EQ(judged(test::response("a.test", dns::A, 0, {{"a.test", dns::A, 0x80000001u, test::a("192.0.2.1")}}),
                   "a.test", dns::A)
                .lifetime_s,
            0u);
}

TEST(Judge, Rfc2181_5_4_1_BelievesOnlyWhatTheQuestionLeadsTo) {
  const auto answer = judged(
      test::response("a.test", dns::A, 0,
                     {{"a.test", dns::A, 60, test::a("192.0.2.1")}, {"bank.test", dns::A, 60, test::a("203.0.113.66")}},
                     {}, {{"mail.test", dns::A, 60, test::a("203.0.113.67")}}),
      "a.test", dns::A);
  EXPECT_THAT(answer.addresses, ElementsAre(ip("192.0.2.1")));
  EXPECT_THAT(texts(answer), ElementsAre("192.0.2.1"));
  EXPECT_EQ(answer.message.find(test::wire("bank.test").substr(0, 5)), std::string::npos);
  EXPECT_EQ(dns::read16(reinterpret_cast<const std::uint8_t*>(answer.message.data()) + 10), 0)
      << "the additional section goes";
}

std::string problem(const test::Bytes& message, std::string_view name, std::uint16_t type) {
  const auto result = judge(message, test::wire(name), type, dns::IN);
  return result ? "" : result.error().what;
}

TEST(Judge, Rfc1034_3_6_2_AliasesThatLeadRoundAreAnError) {
  for (const char* back_to : {"a.test", "b.test", "c.test"}) {
    const auto loop = test::response("a.test", dns::A, 0,
                                     {{"a.test", dns::CNAME, 60, test::wire("b.test")},
                                      {"b.test", dns::CNAME, 60, test::wire("c.test")},
                                      {"c.test", dns::CNAME, 60, test::wire(back_to)}});
    EXPECT_THAT(problem(loop, "a.test", dns::A), testing::HasSubstr("lead round")) << back_to;
  }
  EXPECT_EQ(texts(judged(test::response("a.test", dns::CNAME, 0, {{"a.test", dns::CNAME, 60, test::wire("a.test")}}),
                         "a.test", dns::CNAME))
                .size(),
            1u)
      << "who asks for the alias gets it";
}

TEST(Judge, Rfc1034_3_6_2_AChainIsBounded) {
  const auto chain = [](int links) {
    std::vector<test::Rr> records;
    for (int i = 0; i < links; i++)
      records.push_back(
          {"n" + std::to_string(i) + ".test", dns::CNAME, 60, test::wire("n" + std::to_string(i + 1) + ".test")});
    records.push_back({"n" + std::to_string(links) + ".test", dns::A, 60, test::a("192.0.2.1")});
    return test::response("n0.test", dns::A, 0, records);
  };
  EXPECT_EQ(judged(chain(16), "n0.test", dns::A).addresses.size(), 1u);
  EXPECT_THAT(problem(chain(17), "n0.test", dns::A), testing::HasSubstr("too many"));
}

TEST(Judge, Rfc6052_2_1_ANat64AddressIsAsPrivateAsWhatItLeadsTo) {
  const auto answer = [](std::string_view address) {
    const IpAddress parsed = ip(address);
    const std::string rdata(reinterpret_cast<const char*>(parsed.bytes().data()), 16);
    const auto result = judge(test::response("a.test", dns::AAAA, 0, {{"a.test", dns::AAAA, 60, rdata}}),
                              test::wire("a.test"), dns::AAAA, dns::IN, {.drop_private = true});
    return texts(*result).size();
  };
  EXPECT_EQ(answer("64:ff9b::8.8.8.8"), 1u);
  EXPECT_EQ(answer("64:ff9b::192.168.1.1"), 0u);
  EXPECT_EQ(answer("64:ff9b::127.0.0.1"), 0u);
  EXPECT_EQ(answer("2606:4700::1"), 1u);
  EXPECT_EQ(answer("fd00::1"), 0u);
}

TEST(Judge, Rfc9460_7_3_AnHttpsRecordWithPrivateHintsGoes) {
  const auto kept = [](const std::string& hints) {
    std::string https("\0\1\0", 3);
    https += hints;
    const auto result = judge(test::response("a.test", dns::HTTPS, 0, {{"a.test", dns::HTTPS, 60, https}}),
                              test::wire("a.test"), dns::HTTPS, dns::IN, {.drop_private = true});
    EXPECT_EQ(result->dropped_private, texts(*result).empty());
    return texts(*result).size();
  };
  EXPECT_EQ(kept(std::string("\0\4\0\4", 4) + test::a("8.8.8.8")), 1u);
  EXPECT_EQ(kept(std::string("\0\4\0\x8", 4) + test::a("8.8.8.8") + test::a("10.0.0.1")), 0u);
  std::string loopback(16, '\0');
  loopback[15] = 1;
  EXPECT_EQ(kept(std::string("\0\6\0\x10", 4) + loopback), 0u);
}

TEST(Judge, Rfc6840_5_8_WhatWasTakenOutOfIsNotAuthentic) {
  auto message = test::response(
      "a.test", dns::A, 0, {{"a.test", dns::A, 60, test::a("8.8.8.8")}, {"a.test", dns::A, 60, test::a("10.0.0.1")}});
  message[3] |= dns::kAd;
  const auto flags = [&](bool drop_private) {
    const auto result =
        judge(message, test::wire("a.test"), dns::A, dns::IN, {.trust_ad = true, .drop_private = drop_private});
    return dns::read16(reinterpret_cast<const std::uint8_t*>(result->message.data()) + 2);
  };
  EXPECT_TRUE(flags(false) & dns::kAd);
  EXPECT_FALSE(flags(true) & dns::kAd);
}

TEST(Judge, Rfc2308_5_NegativeAnswersLiveByTheSoa) {
  const std::vector<test::Rr> authority{{"test", dns::SOA, 600, test::soa(45)}};
  EXPECT_EQ(judged(test::response("no.test", dns::A, dns::NXDOMAIN, {}, authority), "no.test", dns::A).lifetime_s, 45u);
  EXPECT_EQ(judged(test::response("no.test", dns::AAAA, 0, {}, authority), "no.test", dns::AAAA).lifetime_s, 45u);
  EXPECT_EQ(judged(test::response("no.test", dns::A, dns::NXDOMAIN, {}), "no.test", dns::A).lifetime_s, 0u)
      << "not cached without an SOA";
}

TEST(Judge, Rfc2308_3_TheSoasTtlIsWhatTheAnswerIsKeptFor) {
  const std::vector<test::Rr> authority{{"test", dns::SOA, 600, test::soa(45)}};
  const auto found = judged(test::response("no.test", dns::A, dns::NXDOMAIN, {}, authority), "no.test", dns::A);
  ASSERT_EQ(found.ttl_offsets.size(), 1u);
  EXPECT_EQ(dns::read32(reinterpret_cast<const std::uint8_t*>(found.message.data()) + found.ttl_offsets[0]), 45u);
}

TEST(Judge, Rfc2181_5_4_1_AnotherZonesSoaSaysNothing) {
  const std::vector<test::Rr> authority{{"evil.example", dns::SOA, 600, test::soa(600)}};
  const auto found = judged(test::response("no.test", dns::A, dns::NXDOMAIN, {}, authority), "no.test", dns::A);
  EXPECT_EQ(found.lifetime_s, 0u);
  EXPECT_TRUE(found.ttl_offsets.empty()) << "and is not passed on";
}

TEST(Judge, Rfc9460_2_2_SeesWhereSrvAndHttpsAnswersLead) {
  const auto srv = judged(
      test::response("_xmpp-client._tcp.example.org", dns::SRV, 0,
                     {{"_xmpp-client._tcp.example.org", dns::SRV, 900, test::srv(5, 0, 5222, "xmpp.l.google.com")}}, {},
                     {{"xmpp.l.google.com", dns::A, 300, test::a("74.125.140.125")}}),
      "_xmpp-client._tcp.example.org", dns::SRV);
  EXPECT_THAT(srv.leads_to, ElementsAre(DnsName::parse("xmpp.l.google.com").value()));
  EXPECT_THAT(srv.chain, IsEmpty());
  EXPECT_THAT(texts(srv), ElementsAre("SRV 5 0 5222 xmpp.l.google.com."));

  std::string https("\0\1", 2);
  https += test::wire("talk.google.com");
  https += std::string("\0\4\0\4", 4) + test::a("74.125.140.125");
  const auto binding = judged(test::response("chat.test", dns::HTTPS, 0, {{"chat.test", dns::HTTPS, 60, https}}),
                              "chat.test", dns::HTTPS);
  EXPECT_THAT(binding.leads_to, ElementsAre(DnsName::parse("talk.google.com").value()));
  EXPECT_THAT(binding.addresses, ElementsAre(ip("74.125.140.125")));
}

TEST(Judge, Rfc5452_9_1_AnotherQuestionOrDamageIsNoAnswer) {
  const Bytes other = test::response("b.test", dns::A, 0, {{"b.test", dns::A, 60, test::a("192.0.2.1")}});
  EXPECT_FALSE(judge(other, test::wire("a.test"), dns::A, dns::IN).has_value());
  const Bytes whole = test::response("a.test", dns::A, 0, {{"a.test", dns::A, 60, test::a("192.0.2.1")}});
  for (std::size_t size = 0; size < whole.size(); size++)
    EXPECT_FALSE(judge(std::span(whole).first(size), test::wire("a.test"), dns::A, dns::IN).has_value()) << size;
}

TEST(Judge, Rfc3597_UnknownTypesPassByteForByte) {
  const std::string rdata("\xc0\x0c\x01\x02\xff\x00\x03", 7);
  const auto answer = judged(test::response("a.test", 65280, 0, {{"a.test", 65280, 60, rdata}}), "a.test", 65280);
  EXPECT_NE(answer.message.find(rdata), std::string::npos);
}

TEST(Judge, Rfc6672_3_1_ACnameMadeFromADnameComesWithIt) {
  const auto message = test::response(
      "x.d.test", dns::CNAME, 0,
      {{"d.test", dns::DNAME, 300, test::wire("e.test")}, {"x.d.test", dns::CNAME, 300, test::wire("x.e.test")}});
  EXPECT_THAT(texts(judged(message, "x.d.test", dns::CNAME)), ElementsAre("DNAME e.test.", "CNAME x.e.test."));
}

TEST(Judge, Rfc8914_2_ReadsTheExtendedErrorOfTheOpt) {
  using namespace std::string_literals;
  const auto with_options = [](const std::string& options) {
    return judged(test::response("a.test", dns::A, dns::SERVFAIL, {}, {}, {{"", dns::OPT, 0, options}}), "a.test",
                  dns::A);
  };
  const auto answer = with_options("\0\3\0\1x\0\xf\0\7\0\x16three\0\xf\0\2\0\1"s);
  EXPECT_EQ(answer.ede, 22);
  EXPECT_EQ(answer.ede_text, "three");
  EXPECT_FALSE(with_options("").ede);
  EXPECT_FALSE(with_options("\0\xf\0\1x"s).ede) << "no room for a code";
  EXPECT_FALSE(with_options("\0\xf\0\7\0\x16th"s).ede) << "an option that does not fit is left alone";
  EXPECT_FALSE(with_options("\0\xf\0"s).ede);
}

TEST(Judge, Rfc1035_4_1_4_ReadsCompressedAnswersAndTellsNamesInLowerCase) {
  using namespace std::string_literals;
  // The SRV's target ends in the question's name: "example" at 12 + 18.
  const auto srv = judged(test::response("_xmpp._tcp.Example.org", dns::SRV, 0,
                                         {{"_XMPP._tcp.example.org", dns::SRV, 9, "\0\1\0\2\0\3\4Xmpp\xc0\x17"s}}),
                          "_xmpp._tcp.example.org", dns::SRV);
  EXPECT_THAT(srv.leads_to, ElementsAre(DnsName::parse("xmpp.example.org").value()));
  EXPECT_THAT(texts(srv), ElementsAre("SRV 1 2 3 Xmpp.Example.org."));
}

TEST(Judge, DamageAnywhereIsNoAnswer) {
  const test::Rr good{"a.test", dns::A, 60, test::a("192.0.2.1")}, bad{"b.test", dns::AAAA, 60, "short"};
  EXPECT_TRUE(judge(test::response("a.test", dns::A, 0, {good}), test::wire("a.test"), dns::A, dns::IN));
  for (const Bytes& message :
       {test::response("a.test", dns::A, 0, {good, bad}), test::response("a.test", dns::A, 0, {good}, {bad}),
        test::response("a.test", dns::A, 0, {good}, {}, {bad})})
    EXPECT_FALSE(judge(message, test::wire("a.test"), dns::A, dns::IN));
}

TEST(Judge, AnAnswerOfThreeThousandRecordsIsJudgedWhole) {
  std::vector<test::Rr> many;
  for (unsigned i = 0; i < 3000; i++)
    many.push_back({"a", dns::A, 3000 - i, {10, static_cast<char>(i >> 8), static_cast<char>(i), 1}});
  const auto answer = judged(test::response("a", dns::A, 0, many), "a", dns::A);
  ASSERT_EQ(answer.ttl_offsets.size(), 3000u);
  for (const std::uint16_t offset : answer.ttl_offsets)
    ASSERT_EQ(dns::read32(reinterpret_cast<const std::uint8_t*>(answer.message.data()) + offset), 1u);
  EXPECT_EQ(answer.addresses.size(), 3000u);
  EXPECT_EQ(answer.lifetime_s, 1u);
}

TEST(Judge, Rfc2181_5_2_EqualTtlsAreOfOneNameAndType) {
  const auto answer = judged(test::response("x.d.test", dns::A, 0,
                                            {{"x.d.test", dns::CNAME, 50, test::wire("x.e.test")},
                                             {"x.e.test", dns::A, 40, test::a("192.0.2.1")},
                                             {"d.test", dns::DNAME, 60, test::wire("e.test")},
                                             {"x.e.test", dns::A, 30, test::a("192.0.2.2")},
                                             {"bank.test", dns::A, 7, test::a("192.0.2.3")}}),
                             "x.d.test", dns::A);
  std::vector<std::uint32_t> ttls;
  for (const std::uint16_t offset : answer.ttl_offsets)
    ttls.push_back(dns::read32(reinterpret_cast<const std::uint8_t*>(answer.message.data()) + offset));
  EXPECT_THAT(ttls, ElementsAre(50, 30, 60, 30));
  EXPECT_EQ(answer.lifetime_s, 30u);
}

// A signature as it counts here: what it covers, and the signer's name.
std::string signature_of(std::uint16_t type) {
  return std::string{static_cast<char>(type >> 8), static_cast<char>(type)} + std::string(16, 'x') +
         test::wire("test") + "signature";
}

TEST(Judge, Rfc4035_3_2_1_SignaturesComeWithWhatTheySign) {
  const Bytes message = test::response("x.d.test", dns::A, 0,
                                       {{"d.test", dns::RRSIG, 60, signature_of(dns::DNAME)},
                                        {"d.test", dns::DNAME, 60, test::wire("e.test")},
                                        {"test", dns::RRSIG, 60, signature_of(dns::DNAME)},
                                        {"x.d.test", dns::CNAME, 60, test::wire("x.e.test")},
                                        {"x.d.test", dns::RRSIG, 60, signature_of(dns::CNAME)},
                                        {"x.e.test", dns::A, 60, test::a("192.0.2.1")},
                                        {"x.e.test", dns::RRSIG, 60, signature_of(dns::A)},
                                        {"x.e.test", dns::RRSIG, 60, signature_of(dns::AAAA)}});
  const auto count = [&](bool dnssec_ok) {
    return judge(message, test::wire("x.d.test"), dns::A, dns::IN, {.dnssec_ok = dnssec_ok})->ttl_offsets.size();
  };
  EXPECT_EQ(count(false), 3u);
  EXPECT_EQ(count(true), 6u) << "not that of a DNAME that is not there, nor that of AAAA";
}

}  // namespace
}  // namespace sinkfeed
