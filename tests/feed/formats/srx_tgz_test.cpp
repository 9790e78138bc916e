#include <gtest/gtest.h>
#include <zlib.h>

#include <numeric>

#include "tests/feed/feed_sample.hpp"

namespace sinkfeed {
namespace {

std::string unpacked(std::string gzip) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  std::string bytes(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(gzip.data());
  stream.avail_in = static_cast<uInt>(gzip.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0u);
  bytes.resize(stream.total_out);
  inflateEnd(&stream);
  return bytes;
}

struct Member {
  std::string name, text;
  friend bool operator==(const Member&, const Member&) = default;
};

// Ends in two blocks of zeros; the checksum is of the header with spaces in its own place.
std::vector<Member> members(const std::string& tar) {
  std::vector<Member> found;
  EXPECT_EQ(tar.size() % 512, 0u);
  EXPECT_EQ(tar.substr(tar.size() - 1024), std::string(1024, '\0'));
  for (std::size_t at = 0; at + 1024 < tar.size();) {
    std::string header = tar.substr(at, 512);
    EXPECT_EQ(header.substr(257, 5), "ustar");
    EXPECT_EQ(std::stoul(header.substr(136, 11), nullptr, 8), 0u) << "a time of change";
    const std::size_t size = std::stoul(header.substr(124, 11), nullptr, 8);
    const std::size_t sum = std::stoul(header.substr(148, 6), nullptr, 8);
    header.replace(148, 8, 8, ' ');
    EXPECT_EQ(sum, std::accumulate(header.begin(), header.end(), std::size_t{0},
                                   [](std::size_t all, char c) { return all + static_cast<unsigned char>(c); }));
    found.push_back({header.c_str(), tar.substr(at + 512, size)});
    at += 512 + (size + 511) / 512 * 512;
  }
  return found;
}

struct SrxBundle : testing::Test {
  const FeedFormat& format = *find_format("srx.tgz");
  const std::vector<LedgerEntry> known;
  FeedContent content = sample_content(known);
};

TEST_F(SrxBundle, HasAFileOfEachFamily) {
  const std::vector<Member> expected{
      {"sinkfeed/google-talk4", "74.125.140.125/32\n203.0.114.16/28\n216.239.37.125/32\n"},
      {"sinkfeed/google-talk6", "2a00:1450:400c:c06::7d/128\n"}};
  EXPECT_EQ(members(unpacked(format.render(content))), expected);
}

TEST_F(SrxBundle, HasAFileOfAnEmptyFamilyButNoneOfOneThatWasNotAskedFor) {
  content.networks = {network("74.125.140.125")};
  const std::vector<Member> both{{"sinkfeed/google-talk4", "74.125.140.125/32\n"}, {"sinkfeed/google-talk6", ""}};
  EXPECT_EQ(members(unpacked(format.render(content))), both);
  content.family = 4;
  EXPECT_EQ(members(unpacked(format.render(content))), std::vector<Member>{both.front()});
}

TEST_F(SrxBundle, HasFilesOfAnyLength) {
  content.family = 4;
  for (std::size_t count : {std::size_t{256}, std::size_t{1600}}) {  // whole blocks of 512, and not
    content.networks.clear();
    for (std::size_t i = 0; i < count; i++) content.networks.push_back(network("74.125.0.0"));
    const auto found = members(unpacked(format.render(content)));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].text.size(), count * 14);
  }
}

// Else SRX would fetch it again each time that it looks.
TEST_F(SrxBundle, HasNoTimeInItsHeader) {
  const std::string body = format.render(content);
  EXPECT_EQ(body.substr(0, 3), "\x1f\x8b\x08");
  EXPECT_EQ(body.substr(3, 5), std::string(5, '\0'));
  content.changed = sample_time(100'000);
  content.generation++;
  EXPECT_EQ(format.render(content), body);
}

TEST_F(SrxBundle, WritesRunsAsRangesIfAsked) {
  content.networks = {network("74.125.0.1"), network("74.125.0.2")};
  content.as_ranges = true;
  EXPECT_EQ(members(unpacked(format.render(content)))[0].text, "74.125.0.1-74.125.0.2\n");
}

}  // namespace
}  // namespace sinkfeed
