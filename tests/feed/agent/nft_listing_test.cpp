// Listings as nft 1.0.6 writes them, and what becomes of ranges side by side.
#include "feed/agent/nft_listing.hpp"

#include <gtest/gtest.h>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

TEST(NftListing, IsReadToTheAddress) {
  const auto table = read_nft_table(
      R"({"nftables": [{"metainfo": {"version": "1.0.6"}}, {"table": {"family": "inet", "name": "sinkfeed"}},
        {"set": {"family": "inet", "name": "v4_x", "type": "ipv4_addr", "flags": ["interval"], "elem": ["8.8.8.8",
          {"prefix": {"addr": "9.0.0.0", "len": 24}}, {"range": ["8.8.8.9", "8.8.8.10"]},
          {"elem": {"val": "1.1.1.1", "counter": {"packets": 1}}}]}},
        {"set": {"family": "inet", "name": "v6_x", "type": "ipv6_addr"}},
        {"set": {"family": "inet", "name": "ports_x", "type": "inet_service", "elem": [80, 443]}},
        {"set": {"family": "inet", "name": "mine", "type": "ether_addr", "elem": [{"what": "ever"}]}},
        {"chain": {"name": "forward_v4_x", "hook": "forward"}}, {"chain": {"name": "mine"}},
        {"rule": {"chain": "forward_v4_x", "expr": [{"reject": {"type": "tcp reset"}}]}}]})",
      {"v4_x", "v6_x", "ports_x"});
  ASSERT_TRUE(table);
  EXPECT_EQ(table->addresses.at("v4_x"),
            (std::vector<AddressRange>{
                {ip("1.1.1.1"), ip("1.1.1.1")}, {ip("8.8.8.8"), ip("8.8.8.10")}, {ip("9.0.0.0"), ip("9.0.0.255")}}));
  EXPECT_TRUE(table->addresses.at("v6_x").empty());
  EXPECT_EQ(table->ports.at("ports_x"), (std::set<std::uint16_t>{80, 443}));
  EXPECT_EQ(table->hooks.at("forward_v4_x"), "forward");
  EXPECT_EQ(table->hooks.at("mine"), "");
  EXPECT_EQ(table->rules.at("forward_v4_x").size(), 1u);
  EXPECT_FALSE(table->addresses.contains("mine"));
  for (const char* text : {"", "{}", "[]", R"({"nftables": [{"set": {"name": "v4_x"}}]})",
                           R"({"nftables": [{"set": {"name": "v4_x", "type": "ipv4_addr", "elem": [{"map": 1}]}}]})"})
    EXPECT_FALSE(read_nft_table(text, {"v4_x"})) << text;
}

TEST(AddressRanges, AreAsFewAsCanBe) {
  EXPECT_EQ(ranges_of(std::vector{network("8.8.8.0/24"), network("8.8.9.0"), network("8.8.9.2")}),
            (std::vector<AddressRange>{{ip("8.8.8.0"), ip("8.8.9.0")}, {ip("8.8.9.2"), ip("8.8.9.2")}}));
  EXPECT_EQ(ranges_of(std::vector{network("255.255.255.255"), network("::")}).size(), 2u);
}

}  // namespace
}  // namespace sinkfeed
