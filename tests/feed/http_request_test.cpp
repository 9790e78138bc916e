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
  struct Sent {
    const char* name;
    std::string HttpRequest::*member;
    const char* value;
  };
  const std::vector<Sent> all{{"If-None-Match", &HttpRequest::if_none_match, "tag"},
                              {"if-modified-since", &HttpRequest::if_modified_since, "then"},
                              {"Accept", &HttpRequest::accept, "some"},
                              {"Accept-Encoding", &HttpRequest::accept_encoding, "gzip"},
                              {"Authorization", &HttpRequest::authorization, "Basic YTpi"},
                              {"Content-Type", &HttpRequest::content_type, "text/plain"},
                              {"Host", &HttpRequest::host, "dns.example"},
                              {"Origin", &HttpRequest::origin, "http://dns.example"},
                              {"x-api-key", &HttpRequest::api_key, "key"},
                              {"last-event-id", &HttpRequest::last_event_id, "17"},
                              {"SINKFEED-SUDO-USER", &HttpRequest::sudo_user, "ada"},
                              {"User-Agent", &HttpRequest::user_agent, "curl"}};
  Message message(http::verb::head, "/feed/x.txt", 11);
  for (const Sent& sent : all) message.insert(sent.name, sent.value);
  message.insert("X-Something", "else");
  for (const Sent& sent : all) message.insert(sent.name, "not this one");
  const auto request = read_request(message);
  EXPECT_EQ(request->method, "GET");
  EXPECT_TRUE(request->is_head);
  for (const Sent& sent : all) EXPECT_EQ((*request).*sent.member, sent.value) << sent.name;
}

}  // namespace
}  // namespace sinkfeed
