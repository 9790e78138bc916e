#include "resolver/question.hpp"

#include <gtest/gtest.h>

#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

using test::Bytes;

Query parse(const Bytes& packet) {
  Query query;
  parse_query(packet, query);
  return query;
}

TEST(Question, ReadsNameTypeAndFlagsInPlace) {
  const Bytes packet = test::query("Talk.Google.COM", dns::A, {.edns = true, .udp_size = 4096, .dnssec_ok = true});
  const Query query = parse(packet);
  EXPECT_EQ(query.kind, QueryKind::query);
  EXPECT_EQ(query.name(), test::wire("talk.google.com"));
  EXPECT_EQ(query.sent_name[1], 'T');
  EXPECT_EQ(query.type, dns::A);
  EXPECT_EQ(query.klass, dns::IN);
  EXPECT_TRUE(query.edns && query.dnssec_ok && query.recursion_desired());
  EXPECT_EQ(query.udp_size, 4096);
}

TEST(Question, Rfc1035_4_1_1_AnAnswerOrAStumpGetsSilence) {
  EXPECT_EQ(parse(Bytes(11)).kind, QueryKind::silence);
  EXPECT_EQ(parse(test::query("a.test", dns::A, {.flags = 0x8100})).kind, QueryKind::silence);
}

TEST(Question, Rfc9619_AnythingButOneQuestionIsAFormatError) {
  EXPECT_EQ(parse(Bytes(12)).kind, QueryKind::format_error);
  Bytes two = test::query("a.test", dns::A);
  two[5] = 2;
  EXPECT_EQ(parse(two).kind, QueryKind::format_error);
}

TEST(Question, Rfc1035_AnUnknownOpcodeIsNotImplemented) {
  EXPECT_EQ(parse(test::query("a.test", dns::A, {.flags = 0x2800})).kind, QueryKind::not_implemented);
}

TEST(Question, Rfc1035_4_1_4_CompressionAndStrangeLabelsAreFormatErrors) {
  for (const std::uint8_t label : {0xc0, 0x40, 0x80}) {
    Bytes packet = test::query("a.test", dns::A);
    packet[12] = label;
    EXPECT_EQ(parse(packet).kind, QueryKind::format_error) << int{label};
  }
}

TEST(Question, Rfc1035_2_3_4_ANameOver255BytesIsAFormatError) {
  std::string name = "a";
  while (name.size() < 260) name += ".abcdefgh";
  EXPECT_EQ(parse(test::query(name, dns::A)).kind, QueryKind::format_error);
}

TEST(Question, EveryTruncationIsRefusedOrSilent) {
  const Bytes whole = test::query("talk.google.com", dns::A, {.edns = true});
  for (std::size_t size = 0; size < whole.size(); size++) {
    const Query query = parse(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_NE(query.kind, QueryKind::query) << size;
  }
}

TEST(Question, Rfc1995_3_AnIxfrCarriesTheSoaThatTheClientHas) {
  const auto with_soa = [](std::uint16_t type, unsigned rdata_size) {
    Bytes packet = test::query("a.test", type);
    packet[9] = 1, packet[11] = 1;
    test::put16(packet, 0xc00c), test::put16(packet, dns::SOA), test::put16(packet, dns::IN), test::put32(packet, 0);
    test::put16(packet, rdata_size);
    test::put(packet, test::soa(1));
    packet.push_back(0);
    for (const unsigned value : {41u, 1400u, 0u, 0u, 0u}) test::put16(packet, value);
    return packet;
  };
  const unsigned whole = static_cast<unsigned>(test::soa(1).size());
  const Bytes packet = with_soa(dns::IXFR, whole);
  EXPECT_EQ(parse(packet).kind, QueryKind::query);
  EXPECT_EQ(parse(packet).udp_size, 1400) << "what follows is read";
  EXPECT_EQ(parse(with_soa(dns::IXFR, whole + 100)).kind, QueryKind::format_error);
  EXPECT_EQ(parse(with_soa(dns::A, whole)).kind, QueryKind::format_error) << "no other question has one";
}

TEST(Question, Rfc6891_6_1_3_AVersionAboveZeroIsBadVersion) {
  EXPECT_EQ(parse(test::query("a.test", dns::A, {.edns = true, .version = 1})).kind, QueryKind::bad_version);
}

TEST(Question, Rfc6891_6_1_1_TwoOptRecordsAreAFormatError) {
  Bytes packet = test::query("a.test", dns::A, {.edns = true});
  packet.insert(packet.end(), packet.end() - 11, packet.end());
  packet[11] = 2;
  EXPECT_EQ(parse(packet).kind, QueryKind::format_error);
}

TEST(Question, Rfc6891_6_2_3_ASizeBelow512CountsAs512) {
  EXPECT_EQ(parse(test::query("a.test", dns::A, {.edns = true, .udp_size = 100})).udp_size, 512);
  EXPECT_EQ(parse(test::query("a.test", dns::A)).udp_size, 512);
}

TEST(Question, Rfc6891_6_1_2_UnknownOptionsAreIgnoredButMustFit) {
  Bytes packet = test::query("a.test", dns::A, {.edns = true});
  packet[packet.size() - 1] = 6;
  for (const std::uint8_t byte : {0xff, 0xfe, 0x00, 0x02, 0x01, 0x02}) packet.push_back(byte);
  EXPECT_EQ(parse(packet).kind, QueryKind::query);
  packet[packet.size() - 3] = 9;  // the option claims more than there is
  EXPECT_EQ(parse(packet).kind, QueryKind::format_error);
}

}  // namespace
}  // namespace sinkfeed
