#include "feed/http_message.hpp"

#include <gtest/gtest.h>

namespace sinkfeed {
namespace {

WallTime at(std::int64_t seconds) { return WallTime{std::chrono::seconds{seconds}}; }

HttpRequest with(std::string if_none_match, std::string if_modified_since = "") {
  HttpRequest request;
  request.if_none_match = std::move(if_none_match);
  request.if_modified_since = std::move(if_modified_since);
  return request;
}

TEST(HttpMessage, Rfc9110_5_6_7_DatesAreWrittenAndRead) {
  EXPECT_EQ(http_date(at(784111777)), "Sun, 06 Nov 1994 08:49:37 GMT");
  WallTime time;
  EXPECT_TRUE(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", time));
  EXPECT_EQ(time, at(784111777));
  EXPECT_FALSE(parse_http_date("yesterday", time));
  EXPECT_FALSE(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT and more", time));
}

TEST(HttpMessage, Rfc9110_13_1_2_IfNoneMatchTakesListsStarsAndWeakTags) {
  for (const char* tags : {"\"a\"", "*", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\" , \"c\""})
    EXPECT_TRUE(client_has_it(with(tags), "\"a\"", at(0))) << tags;
  for (const char* tags : {"\"b\"", "a", "\"\"", ",", "\"aa\""})
    EXPECT_FALSE(client_has_it(with(tags), "\"a\"", at(0))) << tags;
}

TEST(HttpMessage, Rfc9110_13_1_3_IfNoneMatchWinsOverTheDate) {
  const std::string date = http_date(at(1000));
  EXPECT_TRUE(client_has_it(with("", date), "\"a\"", at(1000)));
  EXPECT_FALSE(client_has_it(with("", date), "\"a\"", at(1001)));
  EXPECT_FALSE(client_has_it(with("\"b\"", date), "\"a\"", at(1000)));
  EXPECT_FALSE(client_has_it(with("", "nonsense"), "\"a\"", at(1000)));
}

TEST(HttpMessage, Rfc9110_8_8_2_WholeSecondsDecide) {
  EXPECT_TRUE(client_has_it(with("", http_date(at(1000))), "\"a\"", at(1000) + std::chrono::milliseconds(900)));
}

}  // namespace
}  // namespace sinkfeed
