// Names that are answered here: RFC 6303, 6761, 6762, 7686, 7793, 8375, 8880, 9462, and what browsers and systems ask
// before they go round us.
#include "tests/resolver/handler_lab.hpp"

namespace sinkfeed {
namespace {

// The owner of the first record after the question.
std::string soa_owner(const test::Reply& reply) {
  std::size_t at = 12;
  while (reply.bytes[at]) at += reply.bytes[at] + 1u;
  at += 5;
  std::string owner;
  for (;;) {
    const std::size_t label = reply.bytes[at];
    if (label >= 0xc0) {
      at = dns::read16(reply.bytes.data() + at) & 0x3fffu;
      continue;
    }
    owner.append(reply.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 reply.bytes.begin() + static_cast<std::ptrdiff_t>(at + label + 1));
    at += label + 1;
    if (!label) return owner;
  }
}

struct LocalCase {
  const char* rfc;
  const char* name;
  std::uint16_t type;
  unsigned rcode;
  std::vector<std::string> answers;
  const char* zone = nullptr;  // whose SOA comes with a negative answer; nothing: the name is its apex
};
void PrintTo(const LocalCase& one, std::ostream* out) { *out << one.name; }

class LocalNames : public test::HandlerLab, public testing::WithParamInterface<LocalCase> {};

TEST_P(LocalNames, AreAnsweredHere) {
  const auto reply = ask(GetParam().name, GetParam().type);
  ASSERT_TRUE(reply.came());
  EXPECT_TRUE(upstream.asked.empty());
  EXPECT_EQ(reply.rcode(), GetParam().rcode);
  EXPECT_EQ(reply.answers(), GetParam().answers);
  EXPECT_EQ(reply.count(2), GetParam().answers.empty() ? 1u : 0u) << "an SOA, so that it is kept (RFC 2308)";
  if (GetParam().answers.empty()) {
    EXPECT_EQ(soa_owner(reply), test::wire(GetParam().zone ? GetParam().zone : GetParam().name));
  }
  const auto again = ask(GetParam().name, GetParam().type);
  EXPECT_EQ(again.bytes, reply.bytes) << "the same from the cache";
  EXPECT_EQ(recorded().back().verdict, Verdict::local);
}

INSTANTIATE_TEST_SUITE_P(
    All, LocalNames,
    testing::Values(LocalCase{"Rfc6761_6_3", "localhost", dns::A, 0, {"127.0.0.1"}},
                    LocalCase{"Rfc6761_6_3", "x.localhost", dns::AAAA, 0, {"::1"}},
                    LocalCase{"Rfc6761_6_3", "localhost", dns::TXT, 0, {}},
                    LocalCase{"Rfc6761_6_3", "x.localhost", dns::TXT, 0, {}, "localhost"},
                    LocalCase{"Rfc6761_6_4", "a.invalid", dns::A, 3, {}, "invalid"},
                    LocalCase{"Rfc6762_22_1", "printer.local", dns::A, 3, {}, "local"},
                    LocalCase{"Rfc7686_2", "abc.onion", dns::A, 3, {}, "onion"},
                    LocalCase{"Rfc8375_4", "x.home.arpa", dns::A, 3, {}, "home.arpa"},
                    LocalCase{"Rfc8375_4", "home.arpa", dns::A, 0, {}},
                    LocalCase{"Rfc6303_4_1", "1.0.0.10.in-addr.arpa", dns::PTR, 3, {}, "10.in-addr.arpa"},
                    LocalCase{"Rfc6303_4_1", "5.31.172.in-addr.arpa", dns::PTR, 3, {}, "31.172.in-addr.arpa"},
                    LocalCase{"Rfc6303_4_4", "1.d.f.ip6.arpa", dns::PTR, 3, {}, "d.f.ip6.arpa"},
                    LocalCase{"Rfc7793_2", "9.100.100.in-addr.arpa", dns::PTR, 3, {}, "100.100.in-addr.arpa"},
                    LocalCase{"Rfc6761_6_3", "1.0.0.127.in-addr.arpa", dns::PTR, 0, {"PTR localhost."}},
                    LocalCase{"Rfc8880_7_1", "ipv4only.arpa", dns::A, 0, {"192.0.0.170", "192.0.0.171"}},
                    LocalCase{"Rfc8880_7_1", "ipv4only.arpa", dns::AAAA, 0, {}},
                    LocalCase{"Rfc9462_6_4", "_dns.resolver.arpa", dns::SVCB, 0, {}, "resolver.arpa"},
                    LocalCase{"Canary", "use-application-dns.net", dns::A, 3, {}},
                    LocalCase{"Relay", "mask.icloud.com", dns::A, 3, {}},
                    LocalCase{"Relay", "mask-h2.icloud.com", dns::HTTPS, 3, {}},
                    LocalCase{"Relay", "mask-canary.icloud.com", dns::A, 3, {}}),
    [](const auto& test) {
      std::string name = std::string(test.param.rfc) + "_" + test.param.name + "_" + type_name(test.param.type);
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

class LocalZones : public test::HandlerLab {};

TEST_F(LocalZones, Rfc6303_4_ReverseZonesOfPrivateNetworksAreEmpty) {
  std::vector<std::string> zones{"10.in-addr.arpa",
                                 "168.192.in-addr.arpa",
                                 "0.in-addr.arpa",
                                 "127.in-addr.arpa",
                                 "254.169.in-addr.arpa",
                                 "2.0.192.in-addr.arpa",
                                 "100.51.198.in-addr.arpa",
                                 "113.0.203.in-addr.arpa",
                                 "255.255.255.255.in-addr.arpa",
                                 "d.f.ip6.arpa",
                                 "8.e.f.ip6.arpa",
                                 "9.e.f.ip6.arpa",
                                 "a.e.f.ip6.arpa",
                                 "b.e.f.ip6.arpa",
                                 "8.b.d.0.1.0.0.2.ip6.arpa"};
  for (int second = 16; second < 32; second++) zones.push_back(std::to_string(second) + ".172.in-addr.arpa");
  std::string unspecified;
  for (int nibble = 0; nibble < 32; nibble++) unspecified += "0.";
  zones.push_back(unspecified + "ip6.arpa");
  for (const std::string& zone : zones) {
    for (const std::string& name : {zone, "5." + zone}) {
      const auto reply = ask(name, dns::PTR);
      ASSERT_TRUE(reply.came()) << name;
      EXPECT_EQ(reply.rcode(), name == zone ? 0u : 3u) << name;
      EXPECT_EQ(reply.count(1), 0u) << name;
      EXPECT_EQ(soa_owner(reply), test::wire(zone)) << "RFC 2308 3: the SOA is the zone's";
    }
  }
  EXPECT_EQ(ask("1." + unspecified.substr(2) + "ip6.arpa", dns::PTR).answers(),
            std::vector<std::string>{"PTR localhost."});
  for (const char* name : {"1.15.172.in-addr.arpa", "1.32.172.in-addr.arpa", "1.11.in-addr.arpa", "1.c.e.f.ip6.arpa"})
    EXPECT_FALSE(ask(name, dns::PTR).came()) << name << " is somebody's";
}

TEST_F(LocalZones, Rfc6303_3_EachHasItsSoaAndItsNs) {
  for (const char* zone : {"10.in-addr.arpa", "home.arpa", "localhost", "resolver.arpa", "ipv4only.arpa"}) {
    const auto soa = ask(zone, dns::SOA), ns = ask(zone, dns::NS);
    EXPECT_EQ(soa.count(1), 1u) << zone;
    EXPECT_EQ(soa.count(2), 0u) << zone;
    EXPECT_EQ(ns.answers(), std::vector<std::string>{"NS " + std::string(zone) + "."});
  }
  EXPECT_EQ(ask("5.10.in-addr.arpa", dns::SOA).rcode(), 3u);
  EXPECT_EQ(ask("a.localhost", dns::SOA).count(1), 0u);
}

TEST_F(LocalZones, NamesToForwardAnywayAreForwarded) {
  settings.dns.forward_anyway = {DnsName::parse("corp.local").value(), DnsName::parse("168.192.in-addr.arpa").value()};
  EXPECT_FALSE(ask("mail.corp.local").came());
  EXPECT_TRUE(ask("printer.local").came());
  EXPECT_FALSE(ask("9.1.168.192.in-addr.arpa", dns::PTR).came()) << "RFC 6303 4: unless somebody serves it";
  EXPECT_TRUE(ask("9.1.0.10.in-addr.arpa", dns::PTR).came());
}

TEST_F(LocalZones, Rfc6761_6_2_TestIsForwarded) { EXPECT_FALSE(ask("a.test").came()); }
TEST_F(LocalZones, Rfc8375_4_TheDelegationOfHomeArpaIsAskedFor) { EXPECT_FALSE(ask("home.arpa", dns::DS).came()); }

}  // namespace
}  // namespace sinkfeed
