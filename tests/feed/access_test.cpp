// Who gets a feed: by network, by token in each of the ways in which firewalls show one, by certificate.
#include <openssl/evp.h>

#include "feed/credentials.hpp"
#include "server.hpp"

namespace sinkfeed {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Pair;

constexpr const char* kFeed = "/feed/google-talk.txt";

struct Access : test::Server {
  Access() {
    token = create("fw", {Scope::feed});
    request.method = "GET";
    request.path = kFeed;
    request.client = IpAddress::parse("10.1.2.3").value();
    request.server = IpAddress::parse("10.1.2.1").value();
  }
  std::string create(const std::string& name, std::vector<Scope> scopes, std::optional<WallTime> expires = {}) {
    return *store->tokens->create(name, std::move(scopes), expires, "root").value();
  }
  void by_token() {
    configuration.settings.http.feed_access = FeedAccess::token;
    store->reconfigure(configuration);
  }
  HttpAnswer with(const std::string& authorization, const std::string& api_key = "") {
    request.authorization = authorization;
    request.api_key = api_key;
    return routes->answer(request);
  }
  std::string token;
  HttpRequest request;
};

std::string basic(const std::string& pair) {
  std::string text((pair.size() + 2) / 3 * 4 + 1, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                                       reinterpret_cast<const unsigned char*>(pair.data()),
                                                       static_cast<int>(pair.size()))));
  return "Basic " + text;
}

TEST(Credentials, AreReadInEachOfTheirForms) {
  const auto shown = [](const std::string& authorization, const std::string& api_key = "") {
    HttpRequest request;
    request.authorization = authorization;
    request.api_key = api_key;
    const auto found = credentials_of(request);
    return found ? "<" + found->secret + ">" : "none";
  };
  EXPECT_EQ(shown(""), "none");
  EXPECT_EQ(shown("Bearer sf_x"), "<sf_x>");
  EXPECT_EQ(shown("bEARER   sf_x"), "<sf_x>");
  EXPECT_EQ(shown("", "sf_x"), "<sf_x>");
  EXPECT_EQ(shown("Bearer sf_y", "sf_x"), "<sf_y>");
  for (const char* name : {"", "fw", "a much longer name"}) {
    for (const char* password : {"x", "xy", "xyz", "a:b:c"})
      EXPECT_EQ(shown(basic(std::string(name) + ":" + password)), "<" + std::string(password) + ">");
  }
  for (const char* what : {"Bearer", "Bearer ", "Basic", "Basic ", "Basic =", "Basic ====", "Basic !!!!",
                           "Basic YTpi=", "Basic YWI=", "Digest username=\"fw\"", "Negotiate YTpi", "sf_x",
                           " Bearer sf_x", "Basic YTpi YTpi"})
    EXPECT_EQ(shown(what), "<>") << what << ": something was shown, and it is no token";
  EXPECT_EQ(shown(basic(std::string("a\0b:c\0d", 7))), std::string("<c\0d>", 5));
}

TEST_F(Access, NetworksNeedNothingMoreByDefault) {
  EXPECT_EQ(with("").status, 200u);
  EXPECT_EQ(with("Bearer " + token).status, 200u);
  EXPECT_EQ(with("Bearer " + create("pc", {Scope::observe})).status, 200u) << "the network is enough";
  EXPECT_EQ(with("Bearer sf_wrong").status, 401u) << "a mistake shows before the settings are made stricter";
}

TEST_F(Access, WithFeedAccessTokenEachShowsOneInWhateverWayItCan) {
  by_token();
  for (const auto& [authorization, key] :
       {std::pair{"Bearer " + token, std::string()}, std::pair{basic("fw:" + token), std::string()},
        std::pair{basic("whoever:" + token), std::string()}, std::pair{basic(":" + token), std::string()},
        std::pair{std::string(), token}}) {
    request.path = kFeed;
    EXPECT_EQ(with(authorization, key).status, 200u) << authorization;
    request.path = "/api/v1/feeds";
    EXPECT_EQ(with(authorization, key).status, 200u) << authorization;
    request.path = "/api/v1/status";
    EXPECT_EQ(with(authorization, key).status, 403u) << authorization;
  }
  request.path = kFeed;
  EXPECT_EQ(with("Bearer " + create("siem", {Scope::read})).status, 200u);
  EXPECT_EQ(with("Bearer " + create("boss", {Scope::admin})).status, 200u);
  EXPECT_EQ(with("Bearer " + create("pc", {Scope::observe})).status, 403u);
  EXPECT_EQ(with("").status, 401u);
  request.client = IpAddress::parse("198.51.100.1").value();
  EXPECT_EQ(with("Bearer " + token).status, 403u) << "http.allow goes first";
  request.client = request.server;
  EXPECT_EQ(with("").status, 200u) << "this machine needs none";
  EXPECT_EQ(with("Bearer sf_wrong").status, 401u) << "but behind a proxy on it are others";
}

TEST_F(Access, ADefiniteFailureIsOneLineWithoutAnAddressAndSaysWhatToShow) {
  by_token();
  const std::string brief = create("10.9.8.7", {Scope::feed}, clock.wall() + std::chrono::hours(1));
  const std::string revoked = create("other", {Scope::feed});
  ASSERT_TRUE(store->tokens->revoke("other").value());
  clock.advance(std::chrono::hours(1));
  for (const std::string& authorization :
       {std::string(), std::string("Bearer sf_wrong"), "Bearer " + brief, "Bearer " + revoked, basic("fw:wrong"),
        basic(token + ":"), basic("fw"), std::string("Digest x"), "Bearer " + std::string(7000, 'x')}) {
    const HttpAnswer answer = with(authorization);
    EXPECT_EQ(answer.status, 401u) << authorization;
    EXPECT_THAT(answer.headers,
                Contains(Pair("WWW-Authenticate", "Basic realm=\"sinkfeed\", Bearer realm=\"sinkfeed\"")));
    EXPECT_THAT(*answer.body, MatchesRegex("# [^0-9.\n]*\n")) << authorization;
    EXPECT_EQ(answer.media_type, "text/plain; charset=us-ascii");
  }
}

TEST_F(Access, AFaultOfOursIsNeverACredentialFailure) {
  by_token();
  Database::Batch batch;
  batch.put(Column::meta, "token/damaged", "\xff\xff");
  ASSERT_TRUE(store->database->write(batch));
  EXPECT_EQ(with("Bearer " + token).status, 200u);
  store->tokens.reset();
  store->tokens = std::make_unique<Tokens>(*store->database, Database::Mode::read_write, clock, store->health);
  EXPECT_EQ(with("Bearer " + token).status, 200u) << "it is known";
  const HttpAnswer answer = with("Bearer sf_unknown");
  EXPECT_EQ(answer.status, 503u) << "it may be the one that cannot be read";
  EXPECT_THAT(answer.headers, Contains(Pair("Retry-After", "30")));
  EXPECT_THAT(*answer.body, MatchesRegex("# [^0-9.\n]*\n"));
}

TEST_F(Access, KnowingATokenTakesNoDisk) {
  by_token();
  // Nothing can be read or written any more.
  store->database->resume().value();
  std::filesystem::rename(folder / "db", folder / "gone");
  for (int i = 0; i < 3; i++) {
    EXPECT_EQ(with("Bearer " + token).status, 200u);
    EXPECT_EQ(with("Bearer sf_wrong").status, 401u);
    clock.advance(std::chrono::hours(2));  // when it was last used is to be written
  }
  std::filesystem::rename(folder / "gone", folder / "db");
}

TEST_F(Access, ACertificateOpensFeedsAndNothingElse) {
  by_token();
  request.is_tls = true;
  request.certificate.name = "fw1";
  EXPECT_EQ(with("").status, 200u);
  EXPECT_EQ(with("Bearer sf_wrong").status, 401u) << "a token that is shown counts";
  request.path = "/api/v1/feeds";
  EXPECT_EQ(with("").status, 200u);
  for (const char* path : {"/api/v1/status", "/api/v1/tokens"}) {
    request.path = path;
    EXPECT_EQ(with("").status, 403u) << path;
    request.client = request.server;
    EXPECT_EQ(with("").status, 403u) << path << ": on this machine too";
    request.client = IpAddress::parse("10.1.2.3").value();
  }
  request.path = kFeed;
  request.certificate.fault = "certificate has expired";
  const HttpAnswer answer = with("");
  EXPECT_EQ(answer.status, 401u);
  EXPECT_THAT(*answer.body, HasSubstr("certificate has expired"));
  EXPECT_EQ(with("Bearer " + token).status, 200u);
}

TEST_F(Access, APageOfAnotherSiteCannotUseAPasswordThatABrowserKnows) {
  request.method = "POST";
  request.path = "/api/v1/reload";
  request.host = "sinkfeed.example";
  request.origin = "https://evil.example";
  const std::string admin = create("boss", {Scope::admin});
  EXPECT_EQ(with(basic("boss:" + admin)).status, 403u);
  EXPECT_EQ(with("Bearer " + admin).status, 200u);
  request.origin = "";
  EXPECT_EQ(with(basic("boss:" + admin)).status, 200u);
}

TEST_F(Access, OverHttpEachFormArrives) {
  by_token();
  for (const std::string& header : {"Authorization: Bearer " + token, "authorization: " + basic("x:" + token),
                                    "X-Api-Key: " + token, "x-api-key: " + token})
    EXPECT_THAT(exchange("GET " + std::string(kFeed) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
                         header + "\r\n\r\n"),
                HasSubstr(" 200 OK"))
        << header;
  EXPECT_THAT(exchange("GET " + std::string(kFeed) +
                       " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Api-Key: no\r\n\r\n"),
              HasSubstr(" 401 "));
}

TEST_F(Access, ATokenThatIsRevokedOpensNothingFromTheNextRequestOn) {
  by_token();
  const int client = connect();
  const std::string get =
      "GET " + std::string(kFeed) + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token + "\r\n";
  const auto ask = [&](const std::string& more) {
    const std::string text = get + more + "\r\n";
    EXPECT_EQ(send(client, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    char buffer[64 << 10];
    return std::string(buffer, static_cast<std::size_t>(std::max(recv(client, buffer, sizeof buffer, 0), ssize_t{0})));
  };
  EXPECT_THAT(ask(""), HasSubstr("200 OK"));
  ASSERT_TRUE(store->tokens->revoke("fw").value());
  EXPECT_THAT(ask("Connection: close\r\n"), HasSubstr(" 401 "));
  close(client);
}

}  // namespace
}  // namespace sinkfeed
