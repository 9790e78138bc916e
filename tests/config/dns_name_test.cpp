// Domain names between text and wire format.
#include "config/dns_name.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sinkfeed {
namespace {

using namespace std::string_literals;

DnsName name(std::string_view text) { return DnsName::parse(text).value(); }
std::span<const std::uint8_t> bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(DnsName, IsLowerCaseWireFormat) {
  EXPECT_EQ(name("Talk.Google.COM").wire(), "\4talk\6google\3com\0"s);
  EXPECT_EQ(name("talk.google.com."), name("TALK.google.com"));
  EXPECT_EQ(name("talk.google.com.").text(), "talk.google.com");
  EXPECT_EQ(name("_xmpp-client._tcp.gmail.com").text(), "_xmpp-client._tcp.gmail.com");
  EXPECT_TRUE(name(".").is_root());
  EXPECT_EQ(name("."), DnsName{});
  EXPECT_EQ(DnsName{}.text(), ".");
  const auto upper = "\4TALK\6gOOgle\3COM\0"s;
  EXPECT_EQ(DnsName::from_wire(bytes(upper)), name("talk.google.com"));
}

TEST(DnsName, EscapesWhatTextCannotHold) {
  EXPECT_EQ(name("a\\.b.com").wire(), "\3a.b\3com\0"s);
  EXPECT_EQ(name("a\\.b.com").text(), "a\\.b.com");
  EXPECT_EQ(name("\\000\\255\\032x").wire(), "\4\0\xff x\0"s);
  EXPECT_EQ(name("\\000\\255\\032x").text(), "\\000\\255\\032x");
  EXPECT_EQ(name("a\\\\b").text(), "a\\\\b");
  EXPECT_EQ(name("\\065").text(), "a");
}

TEST(DnsName, RefusesWhatIsNoName) {
  for (const std::string_view text : {"", "..", ".com", "a..b", "a.b..", "\\", "a\\", "\\12", "\\256", "\\1x2"}) {
    EXPECT_FALSE(DnsName::parse(text)) << text;
  }
  EXPECT_TRUE(DnsName::parse(std::string(63, 'a')));
  EXPECT_FALSE(DnsName::parse(std::string(64, 'a')));
  const auto label = std::string(63, 'a') + ".";
  EXPECT_TRUE(DnsName::parse(label + label + label + std::string(61, 'b')));
  EXPECT_EQ(name(label + label + label + std::string(61, 'b')).wire().size(), 255U);
  EXPECT_FALSE(DnsName::parse(label + label + label + std::string(62, 'b')));
  EXPECT_EQ(DnsName::parse("a..b").error().what,
            "\"a..b\" is not a domain name: two dots, or a dot at the start, leave an empty label");
}

TEST(DnsName, KnowsItsAncestorsOnLabelBoundaries) {
  EXPECT_TRUE(name("talk.google.com").is_at_or_below(name("talk.google.com")));
  EXPECT_TRUE(name("relay.talk.google.com").is_at_or_below(name("talk.google.com")));
  EXPECT_FALSE(name("mtalk.google.com").is_at_or_below(name("talk.google.com")));
  EXPECT_FALSE(name("google.com").is_at_or_below(name("talk.google.com")));
  EXPECT_FALSE(name("talk.google.com.example").is_at_or_below(name("talk.google.com")));
  EXPECT_TRUE(name("example").is_at_or_below(DnsName{}));
  EXPECT_TRUE(DnsName{}.is_at_or_below(DnsName{}));
  // A label that holds the ancestor's wire format as data is still one label.
  EXPECT_FALSE(name("x\\004talk\\006google\\003com.example").is_at_or_below(name("talk.google.com")));
  EXPECT_EQ(name("talk.google.com").parent().text(), "google.com");
  EXPECT_TRUE(name("com").parent().is_root());
  EXPECT_TRUE(DnsName{}.parent().is_root());
}

TEST(DnsName, ReadsBackWhatItWrites) {
  std::mt19937 random{2};
  for (int i = 0; i < 20000; ++i) {
    std::string wire;
    for (auto labels = random() % 5; labels > 0; --labels) {
      const auto length = 1 + random() % 12;
      wire += static_cast<char>(length);
      for (std::size_t c = 0; c < length; ++c) wire += static_cast<char>(random());
    }
    wire += '\0';
    const auto from = DnsName::from_wire(bytes(wire));
    ASSERT_EQ(name(from.text()), from) << from.text();
  }
}

}  // namespace
}  // namespace sinkfeed
