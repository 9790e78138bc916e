#include "resolver/answer.hpp"

#include <gtest/gtest.h>

#include "resolver/judge.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

using test::Bytes;

// A query and what is written for it.
struct Exchange {
  explicit Exchange(Bytes packet_) : packet(std::move(packet_)) { parse_query(packet, query); }
  Bytes packet;
  Query query;
  std::array<std::uint8_t, 4096> out{};
  std::size_t size = 0;
  std::uint16_t word(std::size_t at) const { return dns::read16(out.data() + at); }
};

JudgedAnswer two_addresses() {
  return judge(test::response("talk.google.com", dns::A, 0,
                              {{"talk.google.com", dns::A, 300, test::a("192.0.2.1")},
                               {"talk.google.com", dns::A, 300, test::a("192.0.2.2")}}),
               test::wire("talk.google.com"), dns::A, dns::IN)
      .value();
}

TEST(Answer, PatchesIdQuestionCaseAndTtls) {
  const JudgedAnswer prepared = two_addresses();
  Exchange x(test::query("tAlK.gOOgle.com", dns::A, {.id = 0xbeef}));
  x.size = write_answer(x.query, prepared.message, prepared.ttl_offsets, 100, {}, 1232, x.out);
  EXPECT_EQ(x.size, prepared.message.size());
  EXPECT_EQ(x.word(0), 0xbeef);
  EXPECT_EQ(x.out[13], 't');
  EXPECT_EQ(x.out[14], 'A');
  for (const std::uint16_t offset : prepared.ttl_offsets) EXPECT_EQ(dns::read32(x.out.data() + offset), 200u);
}

TEST(Answer, TtlsNeverGoBelowZero) {
  const JudgedAnswer prepared = two_addresses();
  Exchange x(test::query("talk.google.com", dns::A));
  write_answer(x.query, prepared.message, prepared.ttl_offsets, 1000, {}, 1232, x.out);
  EXPECT_EQ(dns::read32(x.out.data() + prepared.ttl_offsets[0]), 0u);
}

TEST(Answer, Rfc6891_7_NoOptToWhoSentNone) {
  const JudgedAnswer prepared = two_addresses();
  Exchange without(test::query("talk.google.com", dns::A));
  write_answer(without.query, prepared.message, prepared.ttl_offsets, 0, {true, 15, "text"}, 1232, without.out);
  EXPECT_EQ(without.word(10), 0);
  Exchange with(test::query("talk.google.com", dns::A, {.edns = true, .dnssec_ok = true}));
  with.size = write_answer(with.query, prepared.message, prepared.ttl_offsets, 0, {}, 1232, with.out);
  EXPECT_EQ(with.word(10), 1);
  EXPECT_EQ(with.size, prepared.message.size() + 11);
  EXPECT_EQ(with.word(prepared.message.size() + 7), 0x8000) << "DO is copied (RFC 3225 3)";
}

TEST(Answer, Rfc8914_CarriesTheExtendedError) {
  const JudgedAnswer prepared = two_addresses();
  Exchange x(test::query("talk.google.com", dns::A, {.edns = true}));
  x.size = write_answer(x.query, prepared.message, prepared.ttl_offsets, 0, {true, dns::BLOCKED, "google-talk"}, 1232,
                        x.out);
  const std::size_t option = prepared.message.size() + 11;
  EXPECT_EQ(x.word(option), 15);
  EXPECT_EQ(x.word(option + 4), 15);
  EXPECT_EQ(std::string(x.out.begin() + static_cast<std::ptrdiff_t>(option + 6),
                        x.out.begin() + static_cast<std::ptrdiff_t>(x.size)),
            "google-talk");
}

TEST(Answer, Rfc8914_2_TheTextIsCutBetweenCharacters) {
  const JudgedAnswer prepared = two_addresses();
  for (const std::size_t before : {197u, 198u, 199u, 200u}) {
    const std::string text = std::string(before, 'x') + "\xe2\x82\xac and more";  // the euro sign, three bytes
    Exchange x(test::query("talk.google.com", dns::A, {.edns = true}));
    x.size = write_answer(x.query, prepared.message, prepared.ttl_offsets, 0, {true, 15, text}, 1232, x.out);
    const std::size_t option = prepared.message.size() + 11;
    EXPECT_EQ(x.size - option - 6, before == 197 ? 200 : before) << "whole characters, 200 bytes at most";
    EXPECT_EQ(x.word(option + 2), x.size - option - 4);
  }
}

TEST(Answer, TooLargeForTheClientGoesOutTruncated) {
  std::vector<test::Rr> many;
  for (int i = 0; i < 60; i++) many.push_back({"big.test", dns::A, 60, test::a("192.0.2." + std::to_string(i))});
  const JudgedAnswer prepared =
      judge(test::response("big.test", dns::A, 0, many), test::wire("big.test"), dns::A, dns::IN).value();
  Exchange small(test::query("big.test", dns::A));
  small.size =
      write_answer(small.query, prepared.message, prepared.ttl_offsets, 0, {}, udp_limit(small.query), small.out);
  EXPECT_TRUE(small.word(2) & dns::kTc);
  EXPECT_EQ(small.word(6), 0);
  EXPECT_LE(small.size, 512u);
  Exchange large(test::query("big.test", dns::A, {.edns = true, .udp_size = 4096}));
  large.size =
      write_answer(large.query, prepared.message, prepared.ttl_offsets, 0, {}, udp_limit(large.query), large.out);
  EXPECT_FALSE(large.word(2) & dns::kTc);
  EXPECT_EQ(large.word(6), 60);
  EXPECT_LE(large.size, 1232u);
}

TEST(Answer, Rfc6840_5_8_AdGoesOnlyToWhoAskedForIt) {
  Bytes message = test::response("a.test", dns::A, 0, {{"a.test", dns::A, 60, test::a("192.0.2.1")}});
  message[3] |= dns::kAd;
  const JudgedAnswer prepared = judge(message, test::wire("a.test"), dns::A, dns::IN, {.trust_ad = true}).value();
  const auto ad_for = [&](const test::QueryShape& shape) {
    Exchange x(test::query("a.test", dns::A, shape));
    write_answer(x.query, prepared.message, prepared.ttl_offsets, 0, {}, 1232, x.out);
    return (x.word(2) & dns::kAd) != 0;
  };
  EXPECT_FALSE(ad_for({}));
  EXPECT_TRUE(ad_for({.flags = 0x0120}));
  EXPECT_TRUE(ad_for({.edns = true, .dnssec_ok = true}));
}

TEST(Answer, BadVersionSaysOurVersion) {
  Exchange x(test::query("a.test", dns::A, {.edns = true, .version = 7}));
  x.size = write_bare(x.query, dns::BADVERS, {}, false, x.out);
  const std::size_t opt = x.size - 11;
  EXPECT_EQ(x.out[opt + 5], 1) << "extended RCODE 16";
  EXPECT_EQ(x.out[opt + 6], 0) << "version 0";
  EXPECT_EQ(x.word(2) & dns::kRcodeMask, 0);
}

TEST(Answer, AnUnreadableQuestionIsNotSentBack) {
  Bytes packet = test::query("a.test", dns::A);
  packet[12] = 0xc0;
  Exchange x(packet);
  x.size = write_bare(x.query, dns::FORMERR, {}, false, x.out);
  EXPECT_EQ(x.size, dns::kHeaderSize);
  EXPECT_EQ(x.word(0), 0x1234);
}

}  // namespace
}  // namespace sinkfeed
