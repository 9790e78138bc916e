#include "resolver/message_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

using test::Bytes;
using testing::HasSubstr;
using namespace std::string_literals;

constexpr std::uint16_t kMinfo = 14, kAfsdb = 18, kSig = 24, kPx = 26, kNxt = 30, kNaptr = 35;
// Where the question's labels stand in a message about a.test: "a", "test", and the first record's owner.
constexpr std::size_t kName = 12, kTest = 14, kFirstRecord = 24;

std::string pointer(std::size_t target) { return {static_cast<char>(0xc0 | target >> 8), static_cast<char>(target)}; }

// A message about a.test whose one answer has this owner, as it stands in the message, and this RDATA.
Bytes message_with(std::string_view owner, std::uint16_t type, std::string_view rdata) {
  Bytes message = test::response("a.test", type, 0, {});
  message[7] = 1;
  test::put(message, owner);
  test::put16(message, type), test::put16(message, dns::IN), test::put32(message, 60);
  test::put16(message, static_cast<unsigned>(rdata.size()));
  test::put(message, rdata);
  return message;
}

struct Reading {
  bool sound = false;
  std::string owner, rdata, problem;
};

Reading read(const Bytes& message) {
  MessageReader reader(message);
  MessageRecord record;
  Reading reading;
  reading.sound = reader.read_question();
  for (const auto section :
       {MessageReader::Section::answer, MessageReader::Section::authority, MessageReader::Section::additional}) {
    for (unsigned left = reader.count(section); reading.sound && left; left--) {
      reading.sound = reader.read_record(record);
      reading.owner = record.owner;
      reading.rdata = record.rdata;
    }
  }
  reading.problem = reader.problem();
  return reading;
}

Reading read_owner(std::string_view owner) { return read(message_with(owner, dns::A, test::a("192.0.2.1"))); }
Reading read_rdata(std::uint16_t type, std::string_view rdata) {
  return read(message_with(pointer(kName), type, rdata));
}

TEST(MessageReader, Rfc1035_4_1_4_ExpandsPointersBackAndLowersOwners) {
  EXPECT_EQ(read_owner(pointer(kName)).owner, test::wire("a.test"));
  EXPECT_EQ(read_owner("\3WwW" + pointer(kName)).owner, test::wire("www.a.test"));
  EXPECT_EQ(read_owner("\1B" + pointer(kTest)).owner, test::wire("b.test"));
  EXPECT_EQ(read_owner("\0"s).owner, "\0"s);
}

TEST(MessageReader, RefusesPointersThatLeadNoEarlier) {
  const auto refused = [](std::string_view owner) {
    const Reading reading = read_owner(owner);
    EXPECT_FALSE(reading.sound);
    EXPECT_THAT(reading.problem, HasSubstr("pointer"));
  };
  refused(pointer(kFirstRecord));               // itself
  refused("\1b" + pointer(kFirstRecord));       // a loop through a label
  refused(pointer(kFirstRecord + 2) + "\0"s);   // forward
  refused(pointer(0x3fff));                     // outside
  refused(pointer(2));                          // the header
  refused("\1b"s + pointer(kFirstRecord + 2));  // to the middle of what it follows
  // Two names that lead to one another.
  Bytes message = message_with(pointer(kName), kMinfo, pointer(kFirstRecord + 14) + pointer(kFirstRecord + 12));
  EXPECT_FALSE(read(message).sound);
}

TEST(MessageReader, AChainOfPointersIsBounded) {
  // RDATA of an unknown type that is nothing but pointers, each to the one before; then an owner at its end.
  const auto with_chain = [](std::size_t links) {
    std::string chain = pointer(kName);
    for (std::size_t i = 1; i < links; i++) chain += pointer(kFirstRecord + 12 + 2 * (i - 1));
    Bytes message = message_with(pointer(kName), 65280, chain);
    message[7] = 2;
    test::put(message, pointer(kFirstRecord + 12 + 2 * (links - 1)));
    test::put16(message, dns::A), test::put16(message, dns::IN), test::put32(message, 60), test::put16(message, 4);
    test::put(message, test::a("192.0.2.1"));
    return message;
  };
  EXPECT_EQ(read(with_chain(126)).owner, test::wire("a.test"));
  EXPECT_FALSE(read(with_chain(127)).sound);
  EXPECT_FALSE(read(with_chain(8000)).sound);
}

TEST(MessageReader, Rfc1035_2_3_4_NamesAndLabelsHaveLimits) {
  const std::string longest = "\77" + std::string(63, 'x');
  const std::string name_254 = longest + longest + longest + "\75" + std::string(61, 'x');
  EXPECT_EQ(read_owner(name_254 + '\0').owner.size(), 255u);
  EXPECT_FALSE(read_owner(longest + longest + longest + "\76" + std::string(62, 'x') + '\0').sound);
  EXPECT_FALSE(read_owner(name_254 + pointer(kName)).sound);
  EXPECT_FALSE(read_owner("\x40" + std::string(64, 'x') + '\0').sound) << "a label type of RFC 2673";
  EXPECT_FALSE(read_owner("\x80" + std::string(128, 'x') + '\0').sound) << "a label type that nobody has defined";
}

TEST(MessageReader, RdataIsAsLongAsItsTypeSays) {
  EXPECT_TRUE(read_rdata(dns::A, "1234").sound);
  EXPECT_FALSE(read_rdata(dns::A, "123").sound);
  EXPECT_FALSE(read_rdata(dns::A, "12345").sound);
  EXPECT_FALSE(read_rdata(dns::A, "").sound);
  EXPECT_TRUE(read_rdata(dns::AAAA, std::string(16, 'x')).sound);
  EXPECT_FALSE(read_rdata(dns::AAAA, std::string(15, 'x')).sound);
  EXPECT_FALSE(read_rdata(dns::CNAME, "").sound);
  EXPECT_FALSE(read_rdata(dns::CNAME, "\1b").sound) << "its name has no end";
  EXPECT_FALSE(read_rdata(dns::CNAME, "\1b"s + "\xc0"s).sound) << "half a pointer";
  EXPECT_FALSE(read_rdata(dns::CNAME, test::wire("b.test") + "x").sound) << "longer than its name";
  EXPECT_FALSE(read_rdata(dns::CNAME, pointer(kTest) + "x").sound);
  EXPECT_FALSE(read_rdata(dns::SOA, test::soa(1).substr(0, 30)).sound);
  EXPECT_FALSE(read_rdata(dns::SOA, test::soa(1) + "x").sound);
  EXPECT_FALSE(read_rdata(dns::MX, "\0"s).sound);
  EXPECT_FALSE(read_rdata(dns::MX, "\0\5"s).sound);
  EXPECT_TRUE(read_rdata(dns::TXT, "\3abc\0\1x"s).sound);
  EXPECT_FALSE(read_rdata(dns::TXT, "\3abc\2x").sound);
  EXPECT_TRUE(read_rdata(dns::HINFO, "\3abc\0"s).sound);
  EXPECT_FALSE(read_rdata(dns::HINFO, "\3abc").sound);
  EXPECT_FALSE(read_rdata(dns::HINFO, "\3abc\0x"s).sound);
  EXPECT_FALSE(read_rdata(kNaptr, "\0\1\0\1\1S\7SIP+D2U"s + pointer(kName)).sound) << "a string is missing";
}

TEST(MessageReader, Rfc3597_4_ExpandsNamesInRdataAndKeepsTheirCase) {
  EXPECT_EQ(read_rdata(dns::CNAME, "\1B" + pointer(kTest)).rdata, test::wire_as_is("B.test"));
  EXPECT_EQ(read_rdata(dns::SOA, "\2ns" + pointer(kTest) + "\5admin" + pointer(kTest) + std::string(20, 'x')).rdata,
            test::wire("ns.test") + test::wire("admin.test") + std::string(20, 'x'));
  EXPECT_EQ(read_rdata(dns::MX, "\0\5\4mail"s + pointer(kName)).rdata, "\0\5"s + test::wire("mail.a.test"));
  EXPECT_EQ(read_rdata(dns::SRV, "\0\1\0\2\0\3\4xmpp"s + pointer(kName)).rdata,
            "\0\1\0\2\0\3"s + test::wire("xmpp.a.test"));
  EXPECT_EQ(read_rdata(kNaptr, "\0\1\0\2\1S\0\3!x!"s + pointer(kTest)).rdata,
            "\0\1\0\2\1S\0\3!x!"s + test::wire("test"));
  EXPECT_EQ(read_rdata(kMinfo, pointer(kName) + pointer(kTest)).rdata, test::wire("a.test") + test::wire("test"));
  EXPECT_EQ(read_rdata(kAfsdb, "\0\1"s + pointer(kName)).rdata, "\0\1"s + test::wire("a.test"));
  EXPECT_EQ(read_rdata(kPx, "\0\1"s + pointer(kName) + pointer(kTest)).rdata,
            "\0\1"s + test::wire("a.test") + test::wire("test"));
  EXPECT_EQ(read_rdata(kSig, std::string(18, 'x') + pointer(kName) + "signature").rdata,
            std::string(18, 'x') + test::wire("a.test") + "signature");
  EXPECT_EQ(read_rdata(kNxt, pointer(kTest) + "bits").rdata, test::wire("test") + "bits");
  EXPECT_EQ(read_rdata(dns::DNAME, pointer(kTest)).rdata, test::wire("test"));
}

TEST(MessageReader, Rfc4034_3_1_7_Rfc9460_2_2_NamesThatMustNotBeCompressed) {
  EXPECT_TRUE(read_rdata(dns::RRSIG, std::string(18, 'x') + test::wire("test") + "signature").sound);
  EXPECT_FALSE(read_rdata(dns::RRSIG, std::string(18, 'x') + pointer(kTest) + "signature").sound);
  EXPECT_TRUE(read_rdata(dns::NSEC, test::wire("b.test") + "\0\1\x40"s).sound);
  EXPECT_FALSE(read_rdata(dns::NSEC, pointer(kName) + "\0\1\x40"s).sound);
  EXPECT_TRUE(read_rdata(dns::HTTPS, "\0\1"s + test::wire("b.test")).sound);
  EXPECT_FALSE(read_rdata(dns::HTTPS, "\0\1"s + pointer(kName)).sound);
}

TEST(MessageReader, Rfc3597_UnknownTypesAreNotLookedInto) {
  for (const std::string& rdata : {""s, "\xc0\x0c"s, "\xff\xc0\x7f"s}) EXPECT_EQ(read_rdata(65280, rdata).rdata, rdata);
}

TEST(MessageReader, NoPrefixOfAMessageIsSound) {
  const Bytes whole = test::response("a.test", dns::SRV, 0, {{"a.test", dns::SRV, 60, test::srv(1, 2, 3, "b.test")}},
                                     {{"test", dns::SOA, 60, test::soa(9)}}, {{"b.test", dns::A, 60, "1234"}});
  EXPECT_TRUE(read(whole).sound);
  for (std::size_t size = 0; size < whole.size(); size++) {
    // Of its own size, so that a sanitizer sees a read behind it.
    const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(read(part).sound) << size;
  }
}

TEST(MessageReader, ViewsLastAsLongAsTheReader) {
  // More names than fit into the first room: 5,000 owners of 200 bytes that a pointer each expands to.
  const std::string longest = "\77" + std::string(63, 'x');
  Bytes message = message_with(longest + longest + longest + '\0', dns::A, "1234");
  while (message.size() < 60000) {
    test::put(message, "\1y" + pointer(kFirstRecord));
    test::put16(message, dns::A), test::put16(message, dns::IN), test::put32(message, 60), test::put16(message, 4);
    test::put(message, "5678");
    message[7]++;
    if (!message[7]) message[6]++;
  }
  MessageReader reader(message);
  ASSERT_TRUE(reader.read_question());
  std::vector<MessageRecord> records(reader.count(MessageReader::Section::answer));
  for (MessageRecord& record : records) ASSERT_TRUE(reader.read_record(record));
  for (std::size_t i = 1; i < records.size(); i++)
    ASSERT_EQ(records[i].owner, "\1y" + longest + longest + longest + '\0');
}

}  // namespace
}  // namespace sinkfeed
