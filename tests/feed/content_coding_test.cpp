#include "feed/content_coding.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <tuple>

namespace sinkfeed {
namespace {

// RFC 9110 12.5.3
TEST(Coding, IsWhatTheClientPrefersOfWhatWeHave) {
  for (const auto& [wish, coding] : {std::tuple{"", Coding::identity},
                                     {"identity", Coding::identity},
                                     {"gzip", Coding::gzip},
                                     {"x-gzip", Coding::gzip},
                                     {"GZIP", Coding::gzip},
                                     {"br, gzip", Coding::gzip},
                                     {"gzip, deflate, br, zstd", Coding::zstd},
                                     {"zstd;q=0.5, gzip", Coding::gzip},
                                     {"gzip;q=0", Coding::identity},
                                     {"gzip; q=0.0, *", Coding::zstd},
                                     {"*", Coding::zstd},
                                     {"*;q=0", Coding::identity},
                                     {"br", Coding::identity},
                                     {"gzip;q=0.5, identity", Coding::identity},
                                     {"gzip;q=0.5, identity;q=0.1", Coding::gzip},
                                     {"identity;q=0, br", Coding::identity},
                                     {"gzip;q=", Coding::gzip},
                                     {",,gzip,", Coding::gzip}})
    EXPECT_EQ(wanted_coding(wish), coding) << wish;
}

TEST(Coding, GivesTheSameBytesBackAndAlways) {
  std::string list;
  for (int i = 0; i < 50000; i++) list += "203.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + "\n";
  const std::string gzipped = encoded(Coding::gzip, list), zipped = encoded(Coding::zstd, list);
  EXPECT_EQ(gzipped, encoded(Coding::gzip, list));
  EXPECT_EQ(zipped, encoded(Coding::zstd, list));
  EXPECT_LT(gzipped.size(), list.size() / 4);
  std::string back(list.size(), '\0');
  EXPECT_EQ(ZSTD_decompress(back.data(), back.size(), zipped.data(), zipped.size()), list.size());
  EXPECT_EQ(back, list);
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string unpacked(list.size(), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(gzipped.data()));
  stream.avail_in = static_cast<uInt>(gzipped.size());
  stream.next_out = reinterpret_cast<Bytef*>(unpacked.data());
  stream.avail_out = static_cast<uInt>(unpacked.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  EXPECT_EQ(unpacked, list);
  EXPECT_EQ(gzipped.substr(4, 4), std::string(4, '\0')) << "no time in it";
}

}  // namespace
}  // namespace sinkfeed
