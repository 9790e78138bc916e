// The client subnet option, byte by byte as RFC 7871 has it.
#include "resolver/client_subnet.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "resolver/upstream_query.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed {
namespace {

using Kind = ClientSubnetAnswer::Kind;

Network network(std::string_view text) { return Network::parse(text).value(); }

std::string written(std::string_view subnet) {
  std::array<std::uint8_t, kMaxClientSubnetOption> room{};
  const std::size_t size = write_client_subnet(network(subnet), room);
  return {reinterpret_cast<const char*>(room.data()), size};
}

std::string option(std::string_view data) {
  return std::string("\0\x08\0", 3) + static_cast<char>(data.size()) + std::string(data);
}

TEST(ClientSubnet, Rfc7871_6_AnAddressIsAsLongAsItsPrefixNeeds) {
  using std::string_literals::operator""s;
  EXPECT_EQ(written("198.51.100.0/24"), "\0\x08\0\x07\0\x01\x18\0\xc6\x33\x64"s);
  EXPECT_EQ(written("198.48.0.0/13"), "\0\x08\0\x06\0\x01\x0d\0\xc6\x30"s);
  EXPECT_EQ(written("2001:db8:1:200::/56"), "\0\x08\0\x0b\0\x02\x38\0\x20\x01\x0d\xb8\0\x01\x02"s);
  EXPECT_EQ(written("0.0.0.0/0"), "\0\x08\0\x04\0\x01\0\0"s);
  EXPECT_EQ(written("2001:db8::1/128").size(), kMaxClientSubnetOption);
}

TEST(ClientSubnet, Rfc7871_6_WhatIsWrittenIsReadAgain) {
  for (const char* text : {"198.51.100.0/24", "198.48.0.0/13", "2001:db8:1:200::/56", "0.0.0.0/0", "::/0"}) {
    const ClientSubnetAnswer read = read_client_subnet(written(text));
    ASSERT_EQ(read.kind, Kind::present) << text;
    EXPECT_EQ(read.subnet->source, network(text));
    EXPECT_EQ(read.subnet->scope, 0);
  }
}

TEST(ClientSubnet, Rfc7871_6_TheScopeIsRead) {
  EXPECT_EQ(read_client_subnet(option({"\0\x01\x18\x10\xc6\x33\x64", 7})).subnet->scope, 16);
}

TEST(ClientSubnet, Rfc7871_6_OtherOptionsAreSkipped) {
  const std::string cookie("\0\x0a\0\x02xy", 6);
  EXPECT_EQ(read_client_subnet(cookie).kind, Kind::none);
  EXPECT_EQ(read_client_subnet({}).kind, Kind::none);
  EXPECT_EQ(read_client_subnet(cookie + written("198.51.100.0/24") + cookie).kind, Kind::present);
}

TEST(ClientSubnet, Rfc7871_6_WhatIsMalformedIsRefused) {
  using std::string_literals::operator""s;
  for (const std::string& data : {
           ""s,                                  // nothing
           "\0\x01\x18"s,                        // no scope
           "\0\x03\x18\0\xc6\x33\x64"s,          // an unknown family
           "\0\x01\x21\0\xc6\x33\x64\x01\x01"s,  // a prefix longer than an address
           "\0\x01\x18\x21\xc6\x33\x64"s,        // a scope longer than an address
           "\0\x01\x18\0\xc6\x33"s,              // too short an address
           "\0\x01\x18\0\xc6\x33\x64\0"s,        // too long an address
           "\0\x01\x17\0\xc6\x33\x65"s,          // a bit behind the prefix
       })
    EXPECT_EQ(read_client_subnet(option(data)).kind, Kind::malformed) << data.size();
  EXPECT_EQ(read_client_subnet({"\0\x08\0\x09\0\x01\x18\0\xc6\x33\x64", 11}).kind, Kind::malformed);
  EXPECT_EQ(read_client_subnet({"\0\x08\0", 3}).kind, Kind::malformed);
}

TEST(ClientSubnet, Rfc7871_7_1_TheSweepsQuestionCarriesItAndOnlyWithEdns) {
  RandomBytes random;
  UdpExchange::Flight flight;
  UpstreamQuestion question{test::wire("talk.google.com"), dns::A};
  question.client_subnet = network("198.51.100.0/24");
  write_query(question, true, false, random, flight);
  const ClientSubnetAnswer read = client_subnet_of(flight.bytes());
  ASSERT_EQ(read.kind, Kind::present);
  EXPECT_EQ(read.subnet->source, network("198.51.100.0/24"));
  write_query(question, false, false, random, flight);
  EXPECT_EQ(client_subnet_of(flight.bytes()).kind, Kind::none);
  question.client_subnet.reset();
  write_query(question, true, false, random, flight);
  EXPECT_EQ(client_subnet_of(flight.bytes()).kind, Kind::none);
}

TEST(ClientSubnet, Rfc7871_7_1_TheLongestNameHasRoomForTheLongestOption) {
  const std::string label(1, static_cast<char>(63));
  const std::string most = label + std::string(63, 'a');
  RandomBytes random;
  UdpExchange::Flight flight;
  UpstreamQuestion question{most + most + most + static_cast<char>(61) + std::string(61, 'a') + '\0', dns::A};
  ASSERT_EQ(question.name.size(), dns::kMaxName);
  question.client_subnet = network("2001:db8::1/128");
  write_query(question, true, true, random, flight);
  EXPECT_EQ(flight.size, UdpExchange::Flight::kMaxSize);
  EXPECT_EQ(client_subnet_of(flight.bytes()).subnet->source, network("2001:db8::1/128"));
}

}  // namespace
}  // namespace sinkfeed
