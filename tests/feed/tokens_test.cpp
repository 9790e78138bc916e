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
    return token_in(answer);
  }
  std::string rotate(const std::string& name, const std::string& overlap) {
    const std::string answer =
        post("/api/v1/tokens/rotate", R"({"name": ")" + name + R"(", "overlap": ")" + overlap + R"("})");
    EXPECT_THAT(answer, HasSubstr("200 OK"));
    return token_in(answer);
  }
  static std::string token_in(const std::string& answer) {
    return std::string(boost::json::parse(answer.substr(answer.find("\r\n\r\n") + 4)).at("token").as_string());
  }
  // As after a restart.
  void open_tokens() {
    store->tokens.reset();
    store->tokens = std::make_unique<Tokens>(*store->database, Database::Mode::read_write, clock, store->health);
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

TEST_F(TokensOfTheApi, AWrongOneIs401) {
  const HttpAnswer answer = ask_with("sf_wrong", "/api/v1/status");
  EXPECT_EQ(answer.status, 401u);
  EXPECT_THAT(answer.headers,
              testing::Contains(std::pair<std::string, std::string>("WWW-Authenticate", "Bearer realm=\"sinkfeed\"")));
  EXPECT_EQ(ask_with("", "/api/v1/ips/observed", kOne).status, 401u);
  EXPECT_EQ(get("/api/v1/status").substr(9, 3), "200");
  EXPECT_THAT(
      exchange(
          "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer no\r\n\r\n"),
      HasSubstr(" 401 "))
      << "whoever shows a token is judged by it, also behind a proxy on this machine";
}

TEST_F(TokensOfTheApi, OneThatExpiredOrWasRevokedOpensNothing) {
  const std::string brief = create("brief", "read", "2h"), other = create("other", "read");
  EXPECT_EQ(ask_with(brief, "/api/v1/status").status, 200u);
  clock.advance(std::chrono::hours(2));
  EXPECT_THAT(*ask_with(brief, "/api/v1/status").body, HasSubstr("this token has expired"));
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
  EXPECT_EQ(ask_with("sf_wrong", "/api/v1/status").status, 401u) << "what has been read is known for good";
  open_tokens();
  EXPECT_THAT(store->health.warnings()["tokens"], HasSubstr("token/damaged"));
  const HttpAnswer answer = ask_with("sf_wrong", "/api/v1/status");
  EXPECT_EQ(answer.status, 503u);
  EXPECT_THAT(answer.headers, testing::Contains(std::pair<std::string, std::string>("Retry-After", "30")));
  EXPECT_EQ(ask_with(token, "/api/v1/status").status, 200u);
  EXPECT_THAT(post("/api/v1/tokens/revoke", R"({"name": "damaged"})"), HasSubstr("200 OK"));
  EXPECT_EQ(ask_with("sf_wrong", "/api/v1/status").status, 401u);
  EXPECT_TRUE(store->health.warnings().empty());
}

TEST_F(TokensOfTheApi, ARotatedOneHasTwoSecretsForAWhile) {
  const std::string first = create("fw", "feed");
  const std::string second = rotate("fw", "7d");
  EXPECT_NE(first, second);
  for (const std::string& secret : {first, second}) EXPECT_EQ(ask_with(secret, "/api/v1/feeds").status, 200u);
  clock.advance(std::chrono::hours(24));
  EXPECT_EQ(ask_with(second, "/api/v1/feeds").status, 200u);
  const boost::json::value listed = call("tokens").at("tokens").at(0);
  EXPECT_EQ(listed.at("former").at(0).at("until").as_string(), "2027-01-22T08:00:00.000000Z");
  EXPECT_EQ(listed.at("former").at(0).at("last_used").as_string(), "2027-01-15T08:00:00.000000Z");
  EXPECT_EQ(listed.at("last_used").as_string(), "2027-01-16T08:00:00.000000Z");
  open_tokens();
  for (const std::string& secret : {first, second}) EXPECT_EQ(ask_with(secret, "/api/v1/feeds").status, 200u);
  clock.advance(std::chrono::hours(24 * 6));
  EXPECT_EQ(ask_with(first, "/api/v1/feeds").status, 401u);
  EXPECT_EQ(ask_with(second, "/api/v1/feeds").status, 200u);
  EXPECT_FALSE(call("tokens").at("tokens").at(0).as_object().contains("former"));
}

TEST_F(TokensOfTheApi, RotatingAgainCutsNobodyShortUnlessItIsAsked) {
  const std::string first = create("fw", "feed"), second = rotate("fw", "7d"), third = rotate("fw", "30d");
  clock.advance(std::chrono::hours(24 * 7));
  EXPECT_EQ(ask_with(first, "/api/v1/feeds").status, 401u) << "its week is over";
  EXPECT_EQ(ask_with(second, "/api/v1/feeds").status, 200u);
  const std::string fourth = rotate("fw", "30d"), fifth = rotate("fw", "30d");
  EXPECT_THAT(post("/api/v1/tokens/rotate", R"({"name": "fw"})"), HasSubstr(" 409 "));
  EXPECT_EQ(ask_with(second, "/api/v1/feeds").status, 200u);
  const std::string last = rotate("fw", "0s");
  for (const std::string& secret : {second, third, fourth, fifth})
    EXPECT_EQ(ask_with(secret, "/api/v1/feeds").status, 401u);
  EXPECT_EQ(ask_with(last, "/api/v1/feeds").status, 200u);
}

TEST_F(TokensOfTheApi, RevokingEndsAllItsSecrets) {
  const std::string first = create("fw", "feed"), second = rotate("fw", "7d"), brief = create("brief", "feed", "1h");
  EXPECT_THAT(post("/api/v1/tokens/revoke", R"({"name": "fw"})"), HasSubstr("200 OK"));
  for (const std::string& secret : {first, second}) EXPECT_EQ(ask_with(secret, "/api/v1/feeds").status, 401u);
  open_tokens();
  for (const std::string& secret : {first, second}) EXPECT_EQ(ask_with(secret, "/api/v1/feeds").status, 401u);
  clock.advance(std::chrono::hours(1));
  for (const auto& [body, status] :
       {std::pair{R"({"name": "fw"})", " 404 "}, std::pair{R"({"name": "brief"})", " 409 "},
        std::pair{R"({"name": "brief", "overlap": "x"})", " 400 "},
        std::pair{R"({"name": "brief", "overlap": "366d"})", " 400 "}, std::pair{R"({"name": "a b"})", " 400 "}})
    EXPECT_THAT(post("/api/v1/tokens/rotate", body), HasSubstr(status)) << body;
}

TEST_F(TokensOfTheApi, WhenTheyWereUsedOutlastsARestart) {
  const std::string token = create("siem", "read");
  EXPECT_EQ(ask_with(token, "/api/v1/status").status, 200u);
  open_tokens();
  EXPECT_EQ(call("tokens").at("tokens").at(0).at("last_used").as_string(), "2027-01-15T08:00:00.000000Z");
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
