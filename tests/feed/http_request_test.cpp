#include "feed/http_request.hpp"

#include <gtest/gtest.h>

namespace sinkfeed {
namespace {

namespace http = boost::beast::http;
using Message = http::request<http::string_body>;

std::optional<HttpRequest> get(std::string_view target) { return read_request(Message(http::verb::get, target, 11)); }

TEST(HttpRequest, HasThePathDecodedHoweverItWasWritten) {
  for (const char* target : {"/feed/google-talk.txt", "/feed/google-talk%2Etxt", "/%66eed/google-talk.txt?"})
    EXPECT_EQ(get(target)->path, "/feed/google-talk.txt") << target;
  EXPECT_EQ(get("/feed/a_b.txt~")->path, "/feed/a_b.txt~");
  EXPECT_EQ(get("/")->path, "/");
}

TEST(HttpRequest, HasItsQueryWithBracketsAsTheyAre) {
  const auto request = get("/taxii2/objects/?match[type]=indicator&limit=5");
  EXPECT_EQ(request->path, "/taxii2/objects/");
  EXPECT_EQ(request->query, (std::map<std::string, std::string>{{"match[type]", "indicator"}, {"limit", "5"}}));
}

TEST(HttpRequest, OfAFieldThatWasSentTwiceTheFirstCountsEvenIfItIsEmpty) {
  Message message(http::verb::get, "/feed/x.txt", 11);
  message.insert("Authorization", "");
  message.insert("Authorization", "Bearer sf_second");
  EXPECT_EQ(read_request(message)->authorization, "");
}

TEST(HttpRequest, IsNoneIfItsTargetIsNoPath) {
  for (const char* target : {"", "*", "feed/x.txt", "http://example.org/feed/x.txt", "/feed/%zz", "/a b"})
    EXPECT_FALSE(get(target)) << target;
}

TEST(HttpRequest, HasEachFieldThatSomebodyReads) {
  Message message(http::verb::head, "/feed/x.txt", 11);
  const auto send = [&](std::string_view name, std::string_view value) { message.insert(name, value); };
  send("If-None-Match", "tag");
  send("if-modified-since", "then");
  send("Accept", "some");
  send("Accept-Encoding", "gzip");
  send("Authorization", "Basic YTpi");
  send("Content-Type", "text/plain");
  send("Host", "dns.example");
  send("Authorization", "Basic eDp5");
  send("Origin", "http://dns.example");
  send("x-api-key", "key");
  send("last-event-id", "17");
  send("SINKFEED-SUDO-USER", "ada");
  send("User-Agent", "curl");
  send("User-Agent", "not this one");
  send("X-Something", "else");
  const auto request = read_request(message);
  EXPECT_EQ(request->method, "GET");
  EXPECT_TRUE(request->is_head);
  EXPECT_EQ(request->if_none_match, "tag");
  EXPECT_EQ(request->if_modified_since, "then");
  EXPECT_EQ(request->accept, "some");
  EXPECT_EQ(request->accept_encoding, "gzip");
  EXPECT_EQ(request->authorization, "Basic YTpi");
  EXPECT_EQ(request->content_type, "text/plain");
  EXPECT_EQ(request->host, "dns.example");
  EXPECT_EQ(request->origin, "http://dns.example");
  EXPECT_EQ(request->api_key, "key");
  EXPECT_EQ(request->last_event_id, "17");
  EXPECT_EQ(request->sudo_user, "ada");
  EXPECT_EQ(request->user_agent, "curl");
}

}  // namespace
}  // namespace sinkfeed
