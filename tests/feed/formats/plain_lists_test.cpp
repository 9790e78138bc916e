// The formats that are one entry a line, and what their products' own rules add to that.
#include <gtest/gtest.h>

#include <array>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

std::string rendered(std::string_view extension) {
  const std::vector<LedgerEntry> known;
  const FeedFormat& format = *find_format(extension);
  return format.render(sample_for(format, known));
}

std::string rendered(std::string_view extension, NetworkList networks, bool as_ranges = false) {
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
  content.networks = std::move(networks);
  content.as_ranges = as_ranges;
  return find_format(extension)->render(content);
}

constexpr std::array<std::string_view, 7> kBoth{"checkpoint", "fortigate", "opnsense",  "pfblockerng",
                                                "pfsense",    "vyos",      "watchguard"};

TEST(PlainLists, AreTheEntriesAndNothingElse) {
  for (const std::string_view extension : kBoth) {
    EXPECT_EQ(rendered(extension), "74.125.140.125\n203.0.114.16/28\n216.239.37.125\n2a00:1450:400c:c06::7d\n")
        << extension;
    EXPECT_EQ(rendered(extension, {}), "") << extension;
  }
}

TEST(PlainLists, HaveRangesWhereTheyAreRead) {
  for (const std::string_view extension : {"checkpoint", "fortigate", "opnsense", "srx", "srx.tgz", "vyos", "panos"})
    EXPECT_TRUE(find_format(extension)->facts().reads_ranges) << extension;
  for (const std::string_view extension : {"cisco", "pfsense", "pfblockerng", "sonicwall", "sophos", "watchguard"})
    EXPECT_FALSE(find_format(extension)->facts().reads_ranges) << extension;
  EXPECT_EQ(rendered("fortigate", {network("74.125.0.1"), network("74.125.0.2/31")}, true), "74.125.0.1-74.125.0.3\n");
}

// A product that takes an empty list for "nothing to block" is better off with the one it has.
TEST(PlainLists, AreNotHandedOutEmpty) {
  for (const std::string_view extension : kBoth) EXPECT_FALSE(find_format(extension)->facts().empties_safely);
}

TEST(PlainLists, OfIpv4AloneWhereNothingElseIsRead) {
  EXPECT_EQ(rendered("sonicwall"), "74.125.140.125\n203.0.114.16/28\n216.239.37.125\n");
  EXPECT_EQ(rendered("edgeos"), "74.125.140.125\n203.0.114.16/28\n216.239.37.125\n");
  EXPECT_EQ(rendered("sophos"), "74.125.140.125\n216.239.37.125\n");
}

TEST(PlainLists, ThatCutOffAllPortsSaySo) {
  for (const std::string_view extension : {"cisco", "sophos", "watchguard", "checkpoint.csv", "f5"})
    EXPECT_TRUE(find_format(extension)->facts().blocks_every_port) << extension;
}

TEST(PlainLists, SrxHasThePrefixOfHostsToo) {
  EXPECT_EQ(rendered("srx"), "74.125.140.125/32\n203.0.114.16/28\n216.239.37.125/32\n2a00:1450:400c:c06::7d/128\n");
  EXPECT_EQ(rendered("srx", {network("74.125.0.1"), network("74.125.0.2")}, true), "74.125.0.1-74.125.0.2\n");
}

TEST(PlainLists, PanosHasItsCommentsAfterOneSpace) {
  EXPECT_EQ(rendered("panos"),
            "74.125.140.125 sinkfeed google-talk\n203.0.114.16/28 sinkfeed google-talk\n"
            "216.239.37.125 sinkfeed google-talk\n2a00:1450:400c:c06::7d sinkfeed google-talk\n");
  EXPECT_EQ(rendered("panos", {network("74.125.0.1"), network("74.125.0.2")}, true),
            "74.125.0.1-74.125.0.2 sinkfeed google-talk\n");
  EXPECT_EQ(rendered("panos", {}), "");
}

TEST(PlainLists, CiscoHasFullLineComments) {
  EXPECT_EQ(rendered("cisco"),
            "# sinkfeed google-talk edition 0123456789abcdef\n"
            "74.125.140.125\n203.0.114.16/28\n216.239.37.125\n2a00:1450:400c:c06::7d\n");
  EXPECT_EQ(rendered("cisco", {}), "# sinkfeed google-talk edition 0123456789abcdef\n");
}

TEST(PlainLists, DropHasAnIdentifierBehindEachNetwork) {
  EXPECT_EQ(rendered("drop"),
            "; sinkfeed google-talk edition 0123456789abcdef\n"
            "; Last-Modified: Fri, 15 Jan 2027 08:01:01 GMT\n"
            "74.125.140.125/32 ; sf_4a7d8c7d\n203.0.114.16/28 ; sf_cb007210_28\n216.239.37.125/32 ; sf_d8ef257d\n"
            "2a00:1450:400c:c06::7d/128 ; sf_2a001450400c0c06000000000000007d\n");
}

TEST(PlainLists, F5HasTheMaskAndTheCategory) {
  EXPECT_EQ(rendered("f5"),
            "74.125.140.125,32,bl,google-talk\n203.0.114.16,28,bl,google-talk\n216.239.37.125,32,bl,google-talk\n"
            "2a00:1450:400c:c06::7d,128,bl,google-talk\n");
}

}  // namespace
}  // namespace sinkfeed
