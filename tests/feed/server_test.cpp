#include "server.hpp"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "feed/http_server.hpp"

namespace sinkfeed {
namespace {

using test::Server;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

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
  const std::string one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string answer =
      exchange(one + one + "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
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
  EXPECT_THAT(exchange("GET /feed/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), HasSubstr("400"));
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
  EXPECT_EQ(ask("/feed/google-talk.txt", "198.51.100.1"), 403u);
  EXPECT_EQ(ask("/feed/google-talk.txt", "10.1.2.3"), 200u);
  EXPECT_EQ(ask("/api/v1/status", "10.1.2.3"), 401u) << "without a token the API is for the machine itself";
}

TEST_F(Server, TheMachineItselfIsServedWhateverTheSettingsAllow) {
  configuration.settings.http.allow = {Network::parse("10.0.0.5").value()};
  store->reconfigure(configuration);
  for (const char* path : {"/healthz", "/readyz", "/api/v1/status", "/feed/google-talk.txt", "/"}) {
    EXPECT_EQ(ask(path, "127.0.0.1"), 200u) << path;
    EXPECT_EQ(ask(path, "192.168.1.5", "192.168.1.5"), 200u) << path << ": a client at the server's own address";
    EXPECT_EQ(ask(path, "192.168.1.6", "192.168.1.5"), 403u) << path;
  }
}

TEST_F(Server, ANewAddressIsInTheNextAnswer) {
  see("74.125.140.125", "talk.google.com");
  const std::string answer = get("/feed/google-talk.txt");
  EXPECT_THAT(answer, HasSubstr("\n74.125.140.125\n"));
  EXPECT_THAT(answer, HasSubstr("X-Sinkfeed-Generation: 2\r\n"));
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
  EXPECT_EQ(routes->answer(request).status, 401u);
}

TEST_F(Server, BackupIsAPostFromTheMachineItself) {
  EXPECT_THAT(get("/api/v1/backup"), HasSubstr(" 405 "));
  EXPECT_THAT(get("/api/v1/backup", "POST"), HasSubstr("/backups/"));
  EXPECT_THAT(get("/api/v1/backup", "POST"), HasSubstr(" 507 ")) << "the clock stands still";
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/v1/backup";
  request.client = IpAddress::parse("10.1.2.3").value();
  EXPECT_EQ(routes->answer(request).status, 401u);
}

TEST_F(Server, ChangesAddressesAndKeepsConnections) {
  const int open = connect();
  const Endpoint before = server->endpoints().at(0), any{IpAddress::parse("0.0.0.0").value(), before.port};
  // Its own socket is in the way; a change that is dropped leaves all as it was.
  ASSERT_TRUE(server->prepare({{any}}));
  EXPECT_THAT(get("/healthz"), HasSubstr("200 OK"));
  const auto change = server->prepare({{any}});
  ASSERT_TRUE(change) << change.error().what;
  server->commit(**change);
  ASSERT_EQ(server->endpoints().size(), 1u);
  EXPECT_EQ(server->endpoints().at(0).text(), any.text());
  EXPECT_THAT(get("/healthz"), HasSubstr("200 OK"));
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(send(open, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  EXPECT_THAT(all_of(open), HasSubstr("200 OK")) << "a connection to the former address goes on";
}

// A server with little patience and a feed that is larger than what the kernel keeps for a client.
struct SlowClients : Server {
  SlowClients() {
    Generation large = *store->ledger->current();
    std::vector<IpAddress> list;
    for (std::uint32_t i = 0; i < kAddresses; i++)
      list.push_back(IpAddress::parse(fmt::format("20.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255)).value());
    large.profiles["google-talk"] = AddressSet(list);
    snapshots->published(std::make_shared<const Generation>(std::move(large)));
    server = HttpServer::open({{Endpoint{IpAddress::parse("127.0.0.1").value(), 0}}}, *routes, kPatience).value();
    server->start();
    client = connect(16 << 10);
    const std::string request = "GET /feed/google-talk.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    EXPECT_EQ(send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  }
  static constexpr std::uint32_t kAddresses = 300'000;
  static constexpr std::chrono::milliseconds kPatience{400};
  int client = -1;
};

TEST_F(SlowClients, GetTheWholeListHoweverLongItTakes) {
  const auto start = std::chrono::steady_clock::now();
  std::string text;
  std::vector<char> buffer(64 << 10);
  for (ssize_t n; (n = recv(client, buffer.data(), buffer.size(), MSG_WAITALL)) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(n));
    std::this_thread::sleep_for(kPatience / 15);
  }
  close(client);
  EXPECT_GT(std::chrono::steady_clock::now() - start, 3 * kPatience) << "or it was no slow client";
  EXPECT_EQ(static_cast<std::uint32_t>(
                std::count(text.begin() + static_cast<long>(text.find("\r\n\r\n") + 4), text.end(), '\n')),
            kAddresses);
}

TEST_F(SlowClients, AreDroppedWhenTheyReadNothing) {
  char first = 0;
  EXPECT_EQ(recv(client, &first, 1, 0), 1) << "it is being answered";
  std::this_thread::sleep_for(8 * kPatience);
  const std::string text = all_of(client);
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), kAddresses);
}

TEST_F(Server, SearchesAreApartFromTheOtherCallsAndFeedsComeAtOnceWhenTheyAreRendered) {
  HttpRequest request;
  request.path = "/feed/google-talk.txt";
  EXPECT_EQ(routes->pace(request), Routes::Pace::feed);
  get("/feed/google-talk.txt");
  for (const auto& [path, pace] :
       {std::pair{"/feed/google-talk.txt", Routes::Pace::at_once}, std::pair{"/readyz", Routes::Pace::at_once},
        std::pair{"/feed/google-talk.nft", Routes::Pace::feed}, std::pair{"/feed/none.txt", Routes::Pace::at_once},
        std::pair{"/api/v1/status", Routes::Pace::call}, std::pair{"/api/v1/reload", Routes::Pace::call},
        std::pair{"/api/v1/ips", Routes::Pace::call}, std::pair{"/api/v1/why", Routes::Pace::search},
        std::pair{"/api/v1/history", Routes::Pace::search}}) {
    request.path = path;
    EXPECT_EQ(routes->pace(request), pace) << path;
  }
}

// Keeps searches waiting, until it is let go.
class StuckClock final : public Clock {
 public:
  explicit StuckClock(const Clock& clock) : clock_(clock) {}
  WallTime wall() const override {
    char name[16] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    if (std::string_view(name) == "search") {
      waiting++;
      released_.wait(false);
    }
    return clock_.wall();
  }
  SteadyTime steady() const override { return clock_.steady(); }
  void release() {
    released_ = true;
    released_.notify_all();
  }
  mutable std::atomic<int> waiting{0};

 private:
  const Clock& clock_;
  std::atomic<bool> released_{false};
};

TEST_F(Server, SearchesHoldUpNothingElse) {
  StuckClock stuck(clock);
  store->clock = &stuck;
  std::vector<int> searches;
  const std::string request = "GET /api/v1/history HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  for (int i = 0; i < 3; i++) {
    searches.push_back(connect());
    EXPECT_EQ(send(searches.back(), request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  }
  for (int i = 0; i < 500 && stuck.waiting < 2; i++) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(stuck.waiting, 2);
  for (const char* path : {"/api/v1/status", "/api/v1/feeds", "/api/v1/ips", "/feed/google-talk.txt"})
    EXPECT_THAT(get(path), HasSubstr("200 OK")) << path;
  EXPECT_THAT(get("/api/v1/reload", "POST"), HasSubstr("200 OK"));
  stuck.release();
  for (const int search : searches) EXPECT_THAT(all_of(search), HasSubstr("200 OK"));
}

TEST_F(Server, AnAddressThatCannotBeHadChangesNothing) {
  const auto change = server->prepare({{Endpoint{IpAddress::parse("198.51.100.1").value(), 8053}}});
  ASSERT_FALSE(change);
  EXPECT_THAT(change.error().what, HasSubstr("198.51.100.1:8053"));
  EXPECT_THAT(get("/healthz"), HasSubstr("200 OK"));
}

}  // namespace
}  // namespace sinkfeed
