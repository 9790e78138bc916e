// What another machine may do with which token.
#include <boost/json/parse.hpp>

#include "server.hpp"

namespace sinkfeed {
namespace {

using test::Server;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr const char* kOne =
    R"({"profile": "google-talk", "vantage": "hand", "reason": "x", "addresses": [{"address": "74.125.140.125"}]})";

struct TokensOfTheApi : Server {
  std::string create(const std::string& name, const std::string& scope, const std::string& expires = "") {
    const std::string answer =
        post("/api/v1/tokens/create", R"({"name": ")" + name + R"(", "scopes": [")" + scope + R"("])" +
                                          (expires.empty() ? "" : R"(, "expires": ")" + expires + "\"") + "}");
    EXPECT_THAT(answer, HasSubstr("200 OK"));
    return std::string(boost::json::parse(answer.substr(answer.find("\r\n\r\n") + 4)).at("token").as_string());
  }
};

TEST_F(TokensOfTheApi, EachScopeDoesWhatItIsFor) {
  const std::string observer = create("office-pc", "observe"), reader = create("siem", "read"),
                    firewall = create("firewall", "feed"), admin = create("admin", "admin");
  EXPECT_THAT(observer, MatchesRegex("sf_[A-Za-z0-9_-]{43}"));
  struct Row {
    const char *path, *body;
    unsigned observe, read, feed, admin;
  };
  for (const auto& [path, body, observe, read, feed, all] :
       {Row{"/api/v1/ips/observed", kOne, 200, 403, 403, 200}, Row{"/api/v1/status", "", 403, 200, 403, 200},
        Row{"/api/v1/history", "", 403, 200, 403, 200}, Row{"/api/v1/feeds", "", 403, 200, 200, 200},
        Row{"/api/v1/tokens", "", 403, 403, 403, 200},
        Row{"/api/v1/tokens/create", R"({"name": "x"})", 403, 403, 403, 403},
        Row{"/api/v1/reload", "{}", 403, 403, 403, 200}}) {
    EXPECT_EQ(ask_with(observer, path, body).status, observe) << path;
    EXPECT_EQ(ask_with(reader, path, body).status, read) << path;
    EXPECT_EQ(ask_with(firewall, path, body).status, feed) << path;
    EXPECT_EQ(ask_with(admin, path, body).status, all) << path;
  }
  EXPECT_THAT(*ask_with(reader, "/api/v1/ips/observed", kOne).body, HasSubstr("the scope observe"));
  EXPECT_THAT(get("/api/v1/why?subject=74.125.140.125"), HasSubstr("x, by token office-pc"));
}

TEST_F(TokensOfTheApi, AWrongOneIs401AndChangesNothingForFeeds) {
  const HttpAnswer answer = ask_with("sf_wrong", "/api/v1/status");
  EXPECT_EQ(answer.status, 401u);
  EXPECT_THAT(answer.headers,
              testing::Contains(std::pair<std::string, std::string>("WWW-Authenticate", "Bearer realm=\"sinkfeed\"")));
  EXPECT_EQ(ask_with("", "/api/v1/ips/observed", kOne).status, 401u);
  EXPECT_EQ(ask_with("sf_wrong", "/feed/google-talk.txt").status, 200u);
  EXPECT_EQ(get("/api/v1/status").substr(9, 3), "200");
  EXPECT_THAT(
      exchange("GET /api/v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer no\r\n\r\n"),
      HasSubstr(" 401 "))
      << "whoever shows a token is judged by it, also behind a proxy on this machine";
}

TEST_F(TokensOfTheApi, OneThatExpiredOrWasRevokedOpensNothing) {
  const std::string brief = create("brief", "read", "2h"), other = create("other", "read");
  EXPECT_EQ(ask_with(brief, "/api/v1/status").status, 200u);
  clock.advance(std::chrono::hours(2));
  EXPECT_THAT(*ask_with(brief, "/api/v1/status").body, HasSubstr("token brief expired"));
  EXPECT_THAT(post("/api/v1/tokens/revoke", R"({"name": "other"})"), HasSubstr("200 OK"));
  EXPECT_EQ(ask_with(other, "/api/v1/status").status, 401u);
  EXPECT_THAT(post("/api/v1/tokens/revoke", R"({"name": "other"})"), HasSubstr(" 404 "));
}

TEST_F(TokensOfTheApi, TheListTellsWhenEachWasUsedAndNoSecret) {
  const std::string token = create("siem", "read");
  EXPECT_THAT(post("/api/v1/tokens/create", R"({"name": "siem", "scopes": ["read"]})"), HasSubstr(" 409 "));
  EXPECT_FALSE(call("tokens").at("tokens").at(0).as_object().contains("last_used"));
  EXPECT_EQ(ask_with(token, "/api/v1/status").status, 200u);
  clock.advance(std::chrono::minutes(5));
  EXPECT_EQ(ask_with(token, "/api/v1/status").status, 200u);
  const boost::json::value listed = call("tokens").at("tokens").at(0);
  EXPECT_EQ(listed.at("last_used").as_string(), "2027-01-15T08:00:00.000000Z") << "to the hour";
  EXPECT_THAT(get("/api/v1/tokens"), testing::Not(HasSubstr(token.substr(3))));
}

TEST_F(TokensOfTheApi, AStoreThatCannotBeReadIsNobodysWrongToken) {
  const std::string token = create("siem", "read");
  Database::Batch batch;
  batch.put(Column::meta, "token/damaged", "\xff\xff");
  ASSERT_TRUE(store->database->write(batch));
  const HttpAnswer answer = ask_with(token, "/api/v1/status");
  EXPECT_EQ(answer.status, 503u);
  EXPECT_THAT(*answer.body, HasSubstr("token/damaged"));
}

TEST_F(TokensOfTheApi, WhatCannotBeATokenIsRefused) {
  for (const char* body :
       {R"({"name": "a b", "scopes": ["read"]})", R"({"name": "a"})", R"({"name": "a", "scopes": ["root"]})",
        R"({"name": "a", "scopes": []})", R"({"name": "a", "scopes": ["read"], "expires": "0s"})",
        R"({"name": "a", "scopes": ["read"], "expires": 5})"})
    EXPECT_THAT(post("/api/v1/tokens/create", body), HasSubstr(" 400 ")) << body;
  EXPECT_TRUE(call("tokens").at("tokens").as_array().empty());
}

}  // namespace
}  // namespace sinkfeed
