// Addresses, networks, endpoints and the special-purpose registries.
#include "config/address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <random>
#include <unordered_set>

namespace sinkfeed {
namespace {

IpAddress ip(std::string_view text) { return IpAddress::parse(text).value(); }
Network net(std::string_view text) { return Network::parse(text).value(); }

TEST(IpAddress, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(ip("216.239.37.125").text(), "216.239.37.125");
  EXPECT_EQ(ip("2001:DB8:0:0:1:0:0:1").text(), "2001:db8::1:0:0:1");
  EXPECT_EQ(ip("2001:db8:0:1:1:1:1:1").text(), "2001:db8:0:1:1:1:1:1");
  EXPECT_EQ(ip("::").text(), "::");
  EXPECT_EQ(ip("::ffff:1.2.3.4").text(), "::ffff:1.2.3.4");
  EXPECT_TRUE(ip("::ffff:1.2.3.4").is_v6());
  EXPECT_EQ(IpAddress{}.text(), "0.0.0.0");
  EXPECT_EQ(ip("1.2.3.4").bytes().size(), 4U);
  EXPECT_EQ(ip("::1").bytes().size(), 16U);
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const std::string_view text :
       {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "0x1.2.3.4", "fe80::1%eth0", "[::1]",
        "1:2:3:4:5:6:7", "1::2::3", "12345::", "localhost"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view{"1.2.3.4\0x", 9}));
  EXPECT_FALSE(IpAddress::parse(std::string(1000, '1')));
  EXPECT_EQ(IpAddress::parse("1.2.3.256").error().what,
            "\"1.2.3.256\" is not an IP address; write it like 192.0.2.1 or 2001:db8::1");
}

TEST(IpAddress, OrdersIpv4FirstThenByNumber) {
  EXPECT_LT(ip("255.255.255.255"), ip("::"));
  EXPECT_LT(ip("9.0.0.1"), ip("10.0.0.1"));
  EXPECT_LT(ip("2001:db8::9"), ip("2001:db8::10"));
  EXPECT_EQ(ip("2001:db8::"), ip("2001:DB8:0::0"));
}

TEST(IpAddress, TurnsMappedSocketAddressesIntoIpv4) {
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  ASSERT_EQ(inet_pton(AF_INET6, "::ffff:192.0.2.7", &six.sin6_addr), 1);
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(six)), ip("192.0.2.7"));
  ASSERT_EQ(inet_pton(AF_INET6, "2001:db8::7", &six.sin6_addr), 1);
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(six)), ip("2001:db8::7"));
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_addr.s_addr = htonl(0x7f000001);
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(four)), ip("127.0.0.1"));
}

TEST(IpAddress, HashesNeighboursApart) {
  std::unordered_set<std::size_t> hashes;
  for (int i = 0; i < 65536; ++i) {
    const std::array<std::uint8_t, 4> bytes{10, 0, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    hashes.insert(std::hash<IpAddress>{}(IpAddress::v4(bytes)) & 0xffffffff);
  }
  EXPECT_GT(hashes.size(), 65500U);
}

TEST(IpAddress, ReadsBackWhatItWrites) {
  std::mt19937 random{1};
  for (int i = 0; i < 20000; ++i) {
    std::array<std::uint8_t, 16> bytes{};
    for (auto& byte : bytes) byte = random() % 3 == 0 ? static_cast<std::uint8_t>(random()) : std::uint8_t{0};
    const auto six = IpAddress::v6(bytes);
    ASSERT_EQ(ip(six.text()), six);
    const auto four = IpAddress::v4(std::span<const std::uint8_t, 4>{bytes.data(), 4});
    ASSERT_EQ(ip(four.text()), four);
  }
}

TEST(Network, HoldsWhatIsInIt) {
  EXPECT_TRUE(net("10.0.0.0/8").contains(ip("10.255.255.255")));
  EXPECT_FALSE(net("10.0.0.0/8").contains(ip("11.0.0.0")));
  EXPECT_TRUE(net("172.16.0.0/12").contains(ip("172.31.0.1")));
  EXPECT_FALSE(net("172.16.0.0/12").contains(ip("172.32.0.1")));
  EXPECT_TRUE(net("0.0.0.0/0").contains(ip("203.0.113.1")));
  EXPECT_FALSE(net("0.0.0.0/0").contains(ip("::1")));
  EXPECT_TRUE(net("fe80::/10").contains(ip("febf::1")));
  EXPECT_FALSE(net("fe80::/10").contains(ip("fec0::1")));
  EXPECT_EQ(net("::1").text(), "::1/128");
  EXPECT_EQ(net("192.0.2.1").text(), "192.0.2.1/32");
  EXPECT_EQ(Network(ip("192.0.2.77"), 25).text(), "192.0.2.0/25");
}

TEST(Network, NamesTheRightNetworkWhenHostBitsAreSet) {
  EXPECT_EQ(
      Network::parse("192.0.2.1/24").error().what,
      "\"192.0.2.1/24\" has bits set after its prefix; write 192.0.2.0/24 for the network or 192.0.2.1 for the one "
      "address");
  for (const std::string_view text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
                                      "10.0.0.0/8/8", "10.0.0.0/8 ", "::/129", "10/8"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(Endpoint, ReadsAddressAndPort) {
  EXPECT_EQ(Endpoint::parse("192.0.2.53:5353", 53).value().text(), "192.0.2.53:5353");
  EXPECT_EQ(Endpoint::parse("192.0.2.53", 53).value().text(), "192.0.2.53:53");
  EXPECT_EQ(Endpoint::parse("[2001:db8::53]:5353", 53).value().text(), "[2001:db8::53]:5353");
  EXPECT_EQ(Endpoint::parse("[2001:db8::53]", 53).value().text(), "[2001:db8::53]:53");
  EXPECT_EQ(Endpoint::parse("2001:db8::53", 53).value().text(), "[2001:db8::53]:53");
  EXPECT_EQ(Endpoint::parse("127.0.0.1:0", 53).value().port, 0);
  for (const std::string_view text : {"", ":53", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:5x", "[::1",
                                      "[::1]53", "[1.2.3.4]:53", "[::1]:", "host:53", "[]:53"}) {
    EXPECT_FALSE(Endpoint::parse(text, 53)) << text;
  }
}

TEST(SpecialPurpose, NamesTheNetworkOfEachRegistryEntry) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"0.0.0.0", "this network"},
      {"10.1.2.3", "private-use"},
      {"100.127.255.255", "shared address space"},
      {"127.0.0.53", "loopback"},
      {"169.254.169.254", "link-local"},
      {"172.31.255.255", "private-use"},
      {"192.0.0.9", "IETF protocol assignments"},
      {"192.0.2.1", "documentation"},
      {"192.31.196.1", "AS112"},
      {"192.52.193.1", "AMT"},
      {"192.88.99.1", "6to4 relay anycast"},
      {"192.168.255.1", "private-use"},
      {"192.175.48.1", "AS112"},
      {"198.19.255.255", "benchmarking"},
      {"198.51.100.1", "documentation"},
      {"203.0.113.255", "documentation"},
      {"224.0.0.251", "multicast"},
      {"239.255.255.255", "multicast"},
      {"240.0.0.1", "reserved"},
      {"255.255.255.255", "limited broadcast"},
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"::1.2.3.4", "IPv4-compatible"},
      {"::ffff:8.8.8.8", "IPv4-mapped"},
      {"64:ff9b::8.8.8.8", "NAT64"},
      {"64:ff9b:1::1", "NAT64"},
      {"100::1", "discard-only"},
      {"100:0:0:1::1", "reserved"},
      {"2001::1", "Teredo"},
      {"2001:1::1", "IETF protocol assignments"},
      {"2001:2::1", "benchmarking"},
      {"2001:3::1", "AMT"},
      {"2001:4:112::1", "AS112"},
      {"2001:1f::1", "ORCHID"},
      {"2001:2f::1", "ORCHID"},
      {"2001:30::1", "drone remote ID"},
      {"2001:1ff::1", "IETF protocol assignments"},
      {"2001:db8::1", "documentation"},
      {"2002:102:304::1", "6to4"},
      {"2620:4f:8000::1", "AS112"},
      {"3fff:fff::1", "documentation"},
      {"4000::1", "reserved"},
      {"5f00::1", "segment routing"},
      {"fd00::1", "unique-local"},
      {"fe80::1", "link-local"},
      {"fec0::1", "site-local"},
      {"ff02::fb", "multicast"},
  };
  for (const auto& [address, name] : cases) EXPECT_EQ(special_purpose(ip(address)).value_or(""), name) << address;
}

TEST(SpecialPurpose, LeavesOrdinaryAddressesAlone) {
  for (const std::string_view text : {"1.0.0.1",
                                      "9.255.255.255",
                                      "11.0.0.0",
                                      "100.63.255.255",
                                      "100.128.0.0",
                                      "126.255.255.255",
                                      "128.0.0.0",
                                      "169.253.255.255",
                                      "172.15.255.255",
                                      "172.32.0.0",
                                      "192.0.1.0",
                                      "192.0.3.0",
                                      "192.167.255.255",
                                      "192.169.0.0",
                                      "198.17.255.255",
                                      "198.20.0.0",
                                      "216.239.37.125",
                                      "223.255.255.255",
                                      "2001:200::1",
                                      "2001:db9::1",
                                      "2003::1",
                                      "2a00:1450:400c:c06::7d",
                                      "2404:6800:4001:c01::7d",
                                      "2620:4f:8001::1",
                                      "3fff:1000::1"}) {
    EXPECT_FALSE(special_purpose(ip(text))) << text << ": " << special_purpose(ip(text)).value_or("");
  }
}

}  // namespace
}  // namespace sinkfeed
