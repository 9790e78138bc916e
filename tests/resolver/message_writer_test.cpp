#include "resolver/message_writer.hpp"

#include <gtest/gtest.h>

#include "resolver/message_reader.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

using namespace std::string_literals;

// Where the labels of the question a.test stand, and the first record.
constexpr std::size_t kName = 12, kTest = 14, kFirstRecord = 24;

std::string pointer(std::size_t target) { return {static_cast<char>(0xc0 | target >> 8), static_cast<char>(target)}; }

TEST(MessageWriter, Rfc1035_4_1_4_NamesThatStandInTheMessageAlreadyAreWrittenAsPointers) {
  MessageWriter writer(test::wire("a.test"), dns::CNAME, dns::IN, 0, false);
  using Section = MessageWriter::Section;
  writer.add(Section::answer, test::wire("a.test"), dns::CNAME, dns::IN, 60, test::wire("www.b.a.test"), true);
  writer.add(Section::answer, test::wire("c.b.a.test"), dns::NS, dns::IN, 60, test::wire("test"), true);
  writer.add(Section::answer, test::wire("d.test"), dns::MX, dns::IN, 60, "\0\1"s + test::wire("test"), true);
  const std::string fixed_cname = "\0\5\0\1\0\0\0\x3c"s, fixed_ns = "\0\2\0\1\0\0\0\x3c"s,
                    fixed_mx = "\0\xf\0\1\0\0\0\x3c"s;
  EXPECT_EQ(writer.message().substr(kFirstRecord),
            pointer(kName) + fixed_cname + "\0\x8\3www\1b"s + pointer(kName) +  // b.a.test at 40
                "\1c" + pointer(40) + fixed_ns + "\0\2"s + pointer(kTest) +     //
                "\1d" + pointer(kTest) + fixed_mx + "\0\x8\0\1"s + test::wire("test"));
}

TEST(MessageWriter, AMessageOfManyNamesIsStillSound) {
  MessageWriter writer(test::wire("a.test"), dns::PTR, dns::IN, 0, false);
  std::vector<std::string> names;
  for (int i = 0; i < 2000; i++) {
    names.push_back(test::wire("host" + std::to_string(i) + ".zone" + std::to_string(i % 300) + ".test"));
    ASSERT_TRUE(
        writer.add(MessageWriter::Section::answer, test::wire("a.test"), dns::PTR, dns::IN, 60, names.back(), true));
  }
  const std::string& message = writer.message();
  MessageReader reader({reinterpret_cast<const std::uint8_t*>(message.data()), message.size()});
  ASSERT_TRUE(reader.read_question());
  MessageRecord record;
  for (const std::string& name : names) {
    ASSERT_TRUE(reader.read_record(record)) << reader.problem();
    ASSERT_EQ(record.rdata, name);
  }
}

}  // namespace
}  // namespace sinkfeed
