#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "feed/api.hpp"
#include "feed/commands/text.hpp"
#include "feed/http_server.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

// A store, the routes and a server on a free port.
struct Server : testing::Test {
  Server() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sinkfeed-feed-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    configuration = load_configuration(std::filesystem::path(SINKFEED_SOURCE) / "config/sinkfeed.toml").value();
    configuration.settings.store.path = folder;
    store = Store::open(configuration, Database::Mode::read_write, 1, clock).value();
    snapshots = std::make_unique<Snapshots>(store->ledger->current());
    store->ledger->subscribe(*snapshots);
    routes = std::make_unique<Routes>(*store, *snapshots, [this] { return reload(); });
    server = HttpServer::open({Endpoint{IpAddress::parse("127.0.0.1").value(), 0}}, *routes).value();
    server->start();
  }
  ~Server() override {
    server.reset();
    store.reset();
    std::filesystem::remove_all(folder);
  }

  int connect() const {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server->endpoints().at(0).port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval patience{5, 0};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return client;
  }
  // What the server sends until it closes, or for five seconds.
  static std::string all_of(int client) {
    std::string text;
    char buffer[4096];
    for (ssize_t n; (n = recv(client, buffer, sizeof buffer, 0)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
    close(client);
    return text;
  }
  std::string exchange(const std::string& request) const {
    const int client = connect();
    EXPECT_EQ(send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    return all_of(client);
  }
  std::string get(const std::string& target, const std::string& method = "GET") const {
    return exchange(method + " " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  void see(std::string_view address, std::string_view name) {
    const DnsName target = DnsName::parse(name).value();
    store->ledger->observe({{"google-talk",
                             target,
                             target,
                             IpAddress::parse(address).value(),
                             {VantageKind::upstream, "192.0.2.53:53"},
                             clock.wall()}},
                           {});
    ASSERT_TRUE(store->ledger->settle(std::chrono::seconds(5)));
  }
  // What the daemon would do on POST /api/v1/reload.
  Result<std::vector<std::string>> reload() {
    if (!refusal.empty()) return Problem{refusal};
    return std::vector<std::string>{"dns", "profile google-talk"};
  }
  boost::json::value call(std::string_view what, const Parameters& parameters = {}) {
    const ApiAnswer answer = call_api(*store, what, parameters);
    EXPECT_EQ(answer.status, 200u);
    return answer.body;
  }

  std::filesystem::path folder;
  Configuration configuration;
  ManualClock clock{WallTime{std::chrono::seconds{1'800'000'000}}};
  std::unique_ptr<Store> store;
  std::string refusal;
  std::unique_ptr<Snapshots> snapshots;
  std::unique_ptr<Routes> routes;
  std::unique_ptr<HttpServer> server;
};

TEST_F(Server, ServesTheWholeListWithItsLengthAndTag) {
  const std::string answer = get("/feed/google-talk.txt");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("ETag: \""));
  EXPECT_THAT(answer, HasSubstr("X-Sinkfeed-Generation: 1\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(answer, HasSubstr("\r\n\r\n72.14.217.189\n"));
}

TEST_F(Server, HeadIsGetWithoutABody) {
  const std::string get_answer = get("/feed/google-talk.txt"), head_answer = get("/feed/google-talk.txt", "HEAD");
  EXPECT_EQ(head_answer, get_answer.substr(0, get_answer.find("\r\n\r\n") + 4));
}

TEST_F(Server, AnswersHttp10) {
  EXPECT_THAT(exchange("GET /feed/google-talk.txt HTTP/1.0\r\n\r\n"), HasSubstr("200 OK"));
}

TEST_F(Server, KeepsAConnectionForSeveralRequests) {
  const std::string one = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string answer = exchange(one + one + "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  std::size_t count = 0;
  for (std::size_t place = 0; (place = answer.find("200 OK", place)) != std::string::npos; place++) count++;
  EXPECT_EQ(count, 3u);
}

TEST_F(Server, HostileRequestsGetOneLineAndNoAddress) {
  for (const char* target : {"/feed/%2e%2e/%2e%2e/etc/passwd", "/feed/google-talk", "/feed/google-talk.txt.txt",
                             "/feed/.txt", "/feed/google-talk.txt?family=5", "/x?y=1.2.3.4"}) {
    const std::string answer = get(target), body = answer.substr(answer.find("\r\n\r\n") + 4);
    EXPECT_THAT(answer, MatchesRegex("HTTP/1.1 4(.|\r|\n)*")) << target;
    EXPECT_THAT(body, MatchesRegex("# [^0-9\n]*[0-9 or]*[^.\n]*\n")) << target;
  }
  EXPECT_THAT(exchange("GET /feed/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), HasSubstr("400"));
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nX: " + std::string(20000, 'a') + "\r\n\r\n"), HasSubstr(" 431 "));
  EXPECT_THAT(exchange("nonsense\r\n\r\n"), HasSubstr(" 400 "));
  EXPECT_THAT(get("/feed/google-talk.txt", "DELETE"), HasSubstr("405"));
}

TEST_F(Server, AClientThatSaysNothingDoesNotHoldOthersUp) {
  const int silent = connect();
  EXPECT_THAT(get("/healthz"), HasSubstr("200 OK"));
  close(silent);
}

TEST_F(Server, ReadyNamesEachProblem) {
  EXPECT_THAT(get("/readyz"), HasSubstr("200 OK"));
  store->health.report("history", "no room");
  EXPECT_THAT(get("/readyz"), HasSubstr(" 503 "));
  EXPECT_THAT(get("/readyz"), HasSubstr("history: no room\n"));
}

TEST_F(Server, AProfileThatNoGenerationHasYetIsNoEmptyList) {
  Generation before;
  before.number = 1;
  before.catalogue = std::make_shared<const Catalogue>(std::vector<Profile>{}, std::span<const Tier>{});
  snapshots->published(std::make_shared<const Generation>(before));
  EXPECT_THAT(get("/feed/google-talk.txt"), HasSubstr(" 503 "));
  EXPECT_THAT(get("/feed/nothing.txt"), HasSubstr(" 404 "));
}

TEST_F(Server, OnlyTheNetworksOfTheSettingsAreServed) {
  EXPECT_TRUE(routes->is_allowed(IpAddress::parse("10.1.2.3").value()));
  HttpRequest request;
  request.method = "GET";
  request.path = "/feed/google-talk.txt";
  request.client = IpAddress::parse("198.51.100.1").value();
  EXPECT_EQ(routes->answer(request).status, 403u);
  request.client = IpAddress::parse("10.1.2.3").value();
  EXPECT_EQ(routes->answer(request).status, 200u);
  request.path = "/api/v1/status";
  EXPECT_EQ(routes->answer(request).status, 403u) << "the API is for the machine itself";
}

TEST_F(Server, ANewAddressIsInTheNextAnswer) {
  see("74.125.140.125", "talk.google.com");
  const std::string answer = get("/feed/google-talk.txt");
  EXPECT_THAT(answer, HasSubstr("\n74.125.140.125\n"));
  EXPECT_THAT(answer, HasSubstr("X-Sinkfeed-Generation: 2\r\n"));
}

TEST_F(Server, WhyReadsLikeAnAnswer) {
  see("74.125.140.125", "talk.google.com");
  clock.advance(std::chrono::minutes(3));
  const std::string text = why_text(call("why", {{"subject", "74.125.140.125"}}));
  EXPECT_THAT(
      text,
      StartsWith("74.125.140.125 is published for google-talk since generation 2.\nSeen once, first 3 minutes ago"));
  EXPECT_THAT(text, HasSubstr("talk.google.com  upstream 192.0.2.53:53"));
  EXPECT_THAT(why_text(call("why", {{"subject", "mtalk.google.com"}})), HasSubstr("is never blocked"));
  EXPECT_THAT(why_text(call("why", {{"subject", "198.51.100.7"}})), HasSubstr("is in no feed"));
}

TEST_F(Server, WrongCallsOfTheApiSayWhatIsWrong) {
  const auto detail = [&](std::string_view what, const Parameters& parameters) {
    const ApiAnswer answer = call_api(*store, what, parameters);
    EXPECT_GE(answer.status, 400u);
    return std::string(answer.body.at("detail").as_string());
  };
  EXPECT_THAT(detail("nothing", {}), HasSubstr("no such call"));
  EXPECT_THAT(detail("ips", {{"state", "gone"}}), HasSubstr("gone"));
  EXPECT_THAT(detail("history", {{"type", "NONSENSE"}}), HasSubstr("type: "));
  EXPECT_THAT(detail("history", {{"limit", "0"}}), HasSubstr("limit: "));
  EXPECT_THAT(detail("history", {{"client", "10.0.0.1/8"}}), HasSubstr("client: "));
  EXPECT_THAT(detail("why", {}), HasSubstr("subject"));
}

TEST(Text, SaysHowLongAgo) {
  EXPECT_EQ(ago("2026-11-23T10:00:00Z", "2026-11-23T10:00:01Z"), "just now");
  EXPECT_EQ(ago("2026-11-23T10:00:00Z", "2026-11-23T10:01:30Z"), "1 minute ago");
  EXPECT_EQ(ago("2026-11-20T10:00:00Z", "2026-11-23T11:00:00Z"), "3 days ago");
  EXPECT_EQ(size_text(100), "100 B");
  EXPECT_EQ(size_text(3 << 19), "1.5 MiB");
}

TEST_F(Server, ReloadIsAPostFromTheMachineItself) {
  EXPECT_THAT(get("/api/v1/reload"), HasSubstr(" 405 "));
  EXPECT_THAT(get("/api/v1/reload", "POST"), HasSubstr(R"({"changed":["dns","profile google-talk"]})"));
  refusal = "sinkfeed.toml:3:1: unknown key";
  EXPECT_THAT(get("/api/v1/reload", "POST"), HasSubstr(" 409 "));
  EXPECT_THAT(get("/api/v1/reload", "POST"), HasSubstr("unknown key"));
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/v1/reload";
  request.client = IpAddress::parse("10.1.2.3").value();
  EXPECT_EQ(routes->answer(request).status, 403u);
}

TEST_F(Server, ChangesAddressesAndKeepsConnections) {
  const int open = connect();
  const Endpoint before = server->endpoints().at(0), any{IpAddress::parse("0.0.0.0").value(), before.port};
  // Its own socket is in the way; a change that is dropped leaves all as it was.
  ASSERT_TRUE(server->prepare({any}));
  EXPECT_THAT(get("/healthz"), HasSubstr("200 OK"));
  const auto change = server->prepare({any});
  ASSERT_TRUE(change) << change.error().what;
  server->commit(**change);
  ASSERT_EQ(server->endpoints().size(), 1u);
  EXPECT_EQ(server->endpoints().at(0).text(), any.text());
  EXPECT_THAT(get("/healthz"), HasSubstr("200 OK"));
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(send(open, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  EXPECT_THAT(all_of(open), HasSubstr("200 OK")) << "a connection to the former address goes on";
}

TEST_F(Server, AnAddressThatCannotBeHadChangesNothing) {
  const auto change = server->prepare({Endpoint{IpAddress::parse("198.51.100.1").value(), 8053}});
  ASSERT_FALSE(change);
  EXPECT_THAT(change.error().what, HasSubstr("198.51.100.1:8053"));
  EXPECT_THAT(get("/healthz"), HasSubstr("200 OK"));
}

}  // namespace
}  // namespace sinkfeed
