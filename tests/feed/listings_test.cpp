// What firewalls list, in each of the forms in which they print it; and sets of addresses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "feed/listings/listing.hpp"
#include "tests/feed/listing_samples.hpp"

namespace sinkfeed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

AddressRange range(std::string_view text) { return read_range(text).value(); }

std::vector<std::string> texts(const std::vector<Network>& networks) {
  std::vector<std::string> list;
  for (const Network& network : networks) list.push_back(network.text());
  return list;
}

std::vector<AddressRange> set_of(std::vector<std::string_view> items) {
  std::vector<AddressRange> ranges;
  for (const std::string_view item : items) ranges.push_back(range(item));
  return normalized(std::move(ranges));
}

// All that is in the sets whose names hold this.
std::vector<AddressRange> listed(const Listing& listing, std::string_view name = "") {
  std::vector<AddressRange> ranges;
  for (const ListedSet& set : listing.sets) {
    if (set.name.find(name) != std::string::npos) ranges.insert(ranges.end(), set.ranges.begin(), set.ranges.end());
  }
  return normalized(std::move(ranges));
}

std::vector<std::string> names(const Listing& listing) {
  std::vector<std::string> list;
  for (const ListedSet& set : listing.sets)
    list.push_back(set.name + (set.family ? " IPv" + std::to_string(*set.family) : ""));
  return list;
}

struct Sample {
  std::string_view text, format, set;
  bool has_six;
};

class Listings : public testing::TestWithParam<Sample> {};

TEST_P(Listings, AreRecognizedAndReadWhole) {
  const Sample& sample = GetParam();
  const auto listing = read_listing(sample.text);
  ASSERT_TRUE(listing) << listing.error().what;
  EXPECT_EQ(listing->format, sample.format);
  auto expected = set_of({"192.0.2.1", "198.51.100.0/28", "203.0.113.4-203.0.113.9"});
  if (sample.has_six) expected.push_back(range("2001:db8::1"));
  EXPECT_EQ(texts(networks_of(listed(*listing, sample.set))), texts(networks_of(expected)));
  EXPECT_THAT(listing->complaints.list(), IsEmpty());
  EXPECT_TRUE(read_listing(sample.text, sample.format));
}

INSTANTIATE_TEST_SUITE_P(All, Listings,
                         testing::Values(Sample{test::kNftRuleset, "nft", "_google_talk", true},
                                         Sample{test::kNftJson, "nft-json", "_google_talk", true},
                                         Sample{test::kIpsetSave, "ipset", "google-talk", true},
                                         Sample{test::kIpsetList, "ipset", "google-talk", true},
                                         Sample{test::kPanos, "panos", "", true},
                                         Sample{test::kFortios, "fortios", "google-talk", true},
                                         Sample{test::kFortiosExternal, "fortios", "", true},
                                         Sample{test::kRouteros, "routeros", "sinkfeed_google-talk", false},
                                         Sample{test::kRouterosTerse, "routeros", "sinkfeed_google-talk", false},
                                         Sample{test::kRouterosExport, "routeros", "sinkfeed_google-talk", false},
                                         Sample{test::kAsa, "asa", "sinkfeed", true},
                                         Sample{test::kPfctl, "plain", "", true}));

TEST(Listing, HasTheSetsOfAddressesAlone) {
  EXPECT_THAT(names(*read_listing(test::kNftRuleset)),
              ElementsAre("v4_google_talk IPv4", "v6_google_talk IPv6", "pairs IPv4"));
  EXPECT_THAT(names(*read_listing(test::kNftJson)),
              ElementsAre("v4_google_talk IPv4", "v6_google_talk IPv6", "empty IPv4"));
  EXPECT_THAT(names(*read_listing(test::kIpsetSave)),
              ElementsAre("sf4-google-talk IPv4", "sf6-google-talk IPv6", "pairs IPv4"));
  EXPECT_THAT(names(*read_listing(test::kIpsetList)), ElementsAre("sf4-google-talk IPv4", "sf6-google-talk IPv6"));
  EXPECT_EQ(listed(*read_listing(test::kNftRuleset), "pairs"), set_of({"192.0.2.7", "192.0.2.8"}));
  EXPECT_EQ(listed(*read_listing(test::kRouteros), "D"), set_of({"10.0.0.9"})) << "a list that is named as a flag";
}

TEST(Listing, ThatIsNoneIsSaidInASentence) {
  for (const char* text :
       {"", "\n\n", "<html><body>504</body></html>", "{\"entries\": [\"192.0.2.1\"]}", "hello\n192.0.2.1"}) {
    const auto listing = read_listing(text);
    ASSERT_FALSE(listing) << text;
    EXPECT_THAT(listing.error().what, HasSubstr("ipset save"));
    EXPECT_EQ(listing.error().what.find('\n'), std::string::npos);
  }
  EXPECT_THAT(read_listing("x", "cisco").error().what, HasSubstr("there are nft-json, nft, ipset"));
  EXPECT_THAT(read_listing("table inet x {\n}\n").error().what, HasSubstr("no set of addresses in it, read as nft"));
}

TEST(Listing, TellsOfWhatItCannotTake) {
  const auto complaints = [](std::string_view text) { return read_listing(text)->complaints.list(); };
  EXPECT_THAT(complaints("192.0.2.1\nevil\x1b[2J\n!192.0.2.2\n192.0.2.300\n"),
              ElementsAre("line 2: \"evil?[2J\" is no address, network or range", HasSubstr("line 3: "),
                          HasSubstr("line 4: ")));
  EXPECT_THAT(complaints("create a hash:net family inet\nadd a 192.0.2.0/24\nadd a 192.0.2.1 nomatch\n"),
              ElementsAre(HasSubstr("nomatch")));
  EXPECT_THAT(complaints("Total valid entries : 300\nValid ips:\n192.0.2.1\n"),
              ElementsAre(HasSubstr("num-records 300")));
  EXPECT_THAT(complaints("object-group network a\n network-object object b\n group-object c\n network-object host x\n"),
              testing::SizeIs(3));
  EXPECT_THAT(complaints("0 X list=a address=192.0.2.1\n1 list=a address=192.0.2.2\n2 list=a address=host.example\n"),
              ElementsAre(HasSubstr("is disabled"), HasSubstr("line 3")));
  EXPECT_THAT(complaints("set a {\n type ipv4_addr\n elements = { 192.0.2.1, @b"), ElementsAre(HasSubstr("line 3")));
  EXPECT_THAT(complaints(R"({"nftables": [{"set": {"name": "a", "type": "ipv4_addr", "elem": [{"x": 1}, 7,
      {"range": ["192.0.2.9", "192.0.2.1"]}, {"prefix": {"addr": "192.0.2.1", "len": 99}}, {"prefix": 1}]}}]})"),
              testing::SizeIs(5));
}

TEST(Listing, AnythingReadAsAnyFormatIsReadWithinItsBounds) {
  for (const std::string_view sample :
       {test::kNftRuleset, test::kNftJson, test::kIpsetSave, test::kIpsetList, test::kPanos, test::kFortios,
        test::kRouteros, test::kRouterosTerse, test::kAsa}) {
    for (const ListingFormat* format : listing_formats()) {
      for (std::size_t length = 0; length < sample.size(); length += 7)
        static_cast<void>(read_listing(sample.substr(0, length), format->name));
    }
  }
}

TEST(AddressRanges, AreReadInEveryForm) {
  EXPECT_EQ(range("192.0.2.77/24"), range("192.0.2.0-192.0.2.255"));
  EXPECT_EQ(range("192.0.2.0/255.255.255.0"), range("192.0.2.0/24"));
  EXPECT_EQ(range("0.0.0.0/0"), range("0.0.0.0-255.255.255.255"));
  EXPECT_EQ(range("::/0").last, IpAddress::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").value());
  for (const char* text : {"", "-", "192.0.2.1-", "192.0.2.9-192.0.2.1", "192.0.2.1-::1", "192.0.2.1/", "192.0.2.1/33",
                           "192.0.2.1/+4", "192.0.2.0/255.0.255.0", "192.0.2.0/::", "1.2.3", "192.0.2.1 "})
    EXPECT_FALSE(read_range(text)) << text;
}

TEST(AddressRanges, AreTheSameSetHoweverTheyAreWritten) {
  const auto ranges =
      set_of({"192.0.2.1", "192.0.2.2/31", "192.0.2.0", "192.0.2.2", "192.0.2.4-192.0.2.9", "::", "::1"});
  EXPECT_EQ(ranges, set_of({"192.0.2.0-192.0.2.9", "::/127"}));
  EXPECT_EQ(digest_of(ranges), digest_of(set_of({"192.0.2.0-192.0.2.9", "::/127"})));
  EXPECT_NE(digest_of(ranges), digest_of(set_of({"192.0.2.0-192.0.2.9"})));
  EXPECT_THAT(texts(networks_of(ranges)), ElementsAre("192.0.2.0/29", "192.0.2.8/31", "::/127"));
  EXPECT_EQ(set_of({"255.255.255.255", "::"}).size(), 2u) << "families do not touch";
  EXPECT_THAT(texts(networks_of(set_of({"0.0.0.0/0", "::/0"}))), ElementsAre("0.0.0.0/0", "::/0"));
  EXPECT_THAT(texts(networks_of(set_of({"255.255.255.254-255.255.255.255"}))), ElementsAre("255.255.255.254/31"));
}

TEST(AddressRanges, AreTakenFromOneAnother) {
  const auto left = [](std::vector<std::string_view> all, std::vector<std::string_view> taken) {
    return without(set_of(std::move(all)), set_of(std::move(taken)));
  };
  EXPECT_EQ(left({"192.0.2.0/29"}, {"192.0.2.3", "192.0.2.5-192.0.2.6"}),
            set_of({"192.0.2.0-192.0.2.2", "192.0.2.4", "192.0.2.7"}));
  EXPECT_EQ(left({"192.0.2.0/29", "192.0.2.16/29"}, {"192.0.2.7-192.0.2.17"}),
            set_of({"192.0.2.0-192.0.2.6", "192.0.2.18-192.0.2.23"}));
  EXPECT_THAT(left({"::/0", "0.0.0.0/0"}, {"::/0", "0.0.0.0/0"}), IsEmpty());
  EXPECT_EQ(left({"::/0"}, {"0.0.0.0/0"}), set_of({"::/0"}));
  EXPECT_EQ(left({"192.0.2.1"}, {}), set_of({"192.0.2.1"}));
}

}  // namespace
}  // namespace sinkfeed
