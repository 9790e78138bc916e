// HTTP over real TLS: certificates that change, end and are broken, those of clients, and clients that misbehave.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <functional>
#include <future>
#include <thread>

#include "certificates.hpp"
#include "server.hpp"

namespace sinkfeed {
namespace {

using test::Authority;
using test::Identity;
using test::TlsClient;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kFeed = "/feed/google-talk.txt";
constexpr auto kPatience = std::chrono::milliseconds(500);

struct Tls : test::Server {
  Tls() {
    signal(SIGPIPE, SIG_IGN);
    tls.listen = {Endpoint{IpAddress::parse("127.0.0.1").value(), 0}};
    tls.certificate = folder / "certificate.pem";
    tls.key = folder / "key.pem";
    tls.client_ca = folder / "clients.pem";
    put(authority.sign("first.example"));
    write(tls.client_ca, clients.certificate_pem());
  }
  ~Tls() override {
    server.reset();
    keeper.reset();
  }
  static void write(const std::filesystem::path& file, const std::string& text) {
    // As those do it who renew certificates: never half a file.
    const auto beside = file.string() + ".new";
    std::ofstream(beside) << text;
    std::filesystem::rename(beside, file);
  }
  void put(const Identity& identity) {
    write(tls.key, identity.key_pem());
    write(tls.certificate, identity.certificate_pem());
  }
  void start(std::size_t connections = HttpPlan::kMostConnections) {
    keeper = std::make_unique<CertificateKeeper>(clock, store->health, std::chrono::milliseconds(5));
    auto next = keeper->prepare(tls);
    ASSERT_TRUE(next) << next.error().what;
    keeper->commit(std::move(*next));
    server = HttpServer::open({{Endpoint{IpAddress::parse("127.0.0.1").value(), 0}}, tls.listen, connections}, *routes,
                              kPatience, keeper.get())
                 .value();
    server->start();
  }
  int connect_tls() const {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(server->tls_endpoints().at(0).port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const timeval patience{10, 0};
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return client;
  }
  std::string problem() const {
    auto problems = store->health.problems();
    problems.merge(store->health.warnings());
    const auto found = problems.find("tls");
    return found == problems.end() ? "" : found->second;
  }
  static bool comes_true(const std::function<bool()>& condition) {
    for (int i = 0; i < 1000 && !condition(); i++) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return condition();
  }
  // The machine itself needs no token: whoever is to be judged by his certificate shows one.
  std::string as(const Identity* client) { return TlsClient(connect_tls(), client).get(kFeed); }

  Authority authority{"Test CA"}, clients{"Firewalls CA"}, foreign{"Foreign CA"};
  Settings::Http::Tls tls;
  std::unique_ptr<CertificateKeeper> keeper;
};

TEST_F(Tls, TheFeedIsTheSameOverIt) {
  start();
  const std::string plain = get(kFeed);
  EXPECT_THAT(plain, HasSubstr("200 OK"));
  for (const int version : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    TlsClient client(connect_tls(), nullptr, &authority, version);
    EXPECT_EQ(client.get(kFeed), plain);
    EXPECT_TRUE(client.was_told_the_end());
    EXPECT_EQ(client.server_name(), "first.example");
  }
  EXPECT_EQ(TlsClient(connect_tls(), nullptr, &authority, TLS1_1_VERSION).get(kFeed), "");
  EXPECT_EQ(TlsClient(connect_tls(), nullptr, &foreign).get(kFeed), "") << "or this test checks nothing";
}

TEST_F(Tls, SeveralRequestsGoOverOneConnectionAndACallMayHaveTheNextBehindIt) {
  start();
  TlsClient client(connect_tls());
  ASSERT_TRUE(client.connect());
  const std::string call = "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.send(call + call);
  client.send("GET /api/v1/feeds HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string all = client.all();
  std::size_t count = 0;
  for (std::size_t at = 0; (at = all.find("200 OK", at)) != std::string::npos; at++) count++;
  EXPECT_EQ(count, 3u);
}

TEST_F(Tls, ANewCertificateIsTakenByItselfAndOpenConnectionsGoOn) {
  start();
  TlsClient before(connect_tls());
  ASSERT_TRUE(before.connect());
  put(authority.sign("second.example"));
  EXPECT_TRUE(comes_true([&] {
    TlsClient client(connect_tls());
    return client.connect() && client.server_name() == "second.example";
  }));
  before.send("GET " + std::string(kFeed) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(before.all(), HasSubstr("200 OK"));
  EXPECT_EQ(before.server_name(), "first.example");
}

TEST_F(Tls, ABrokenNewOneDoesNotCount) {
  start();
  write(tls.certificate, "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
  EXPECT_TRUE(comes_true([&] { return !problem().empty(); }));
  EXPECT_THAT(problem(), HasSubstr("certificate.pem holds no certificate that can be used"));
  EXPECT_THAT(problem(), HasSubstr("the one of before goes on"));
  EXPECT_THAT(as(nullptr), HasSubstr("200 OK"));
  // A reload says the same, and goes on too; other files that cannot be used are refused.
  auto same = keeper->prepare(tls);
  ASSERT_TRUE(same);
  EXPECT_FALSE(keeper->commit(std::move(*same)));
  EXPECT_FALSE(problem().empty());
  Settings::Http::Tls other = tls;
  other.certificate = folder / "none.pem";
  ASSERT_FALSE(keeper->prepare(other));
  EXPECT_THAT(keeper->prepare(other).error().what, HasSubstr("none.pem (http.tls.certificate): No such file"));
  std::filesystem::remove(tls.key);
  EXPECT_THAT(as(nullptr), HasSubstr("200 OK"));
  put(authority.sign("third.example"));
  EXPECT_TRUE(comes_true([&] { return problem().empty(); }));
  TlsClient client(connect_tls());
  ASSERT_TRUE(client.connect());
  EXPECT_EQ(client.server_name(), "third.example");
}

TEST_F(Tls, TheEndOfTheCertificateIsToldInTime) {
  start();
  EXPECT_EQ(problem(), "");
  const WallTime ends = keeper->current()->ends();
  clock.jump(ends - std::chrono::hours(24 * 20) - clock.wall());
  EXPECT_TRUE(comes_true([&] { return problem().find("in 20 days; put a new one there") != std::string::npos; }));
  EXPECT_THAT(problem(), StartsWith("the certificate of first.example in "));
  EXPECT_TRUE(store->health.problems().empty()) << "a load balancer need not know";
  clock.jump(ends - clock.wall());
  EXPECT_TRUE(comes_true([&] { return problem().find("has expired at") != std::string::npos; }));
  EXPECT_TRUE(store->health.problems().contains("tls"));
  EXPECT_THAT(as(nullptr), HasSubstr("200 OK")) << "who does not look goes on";
  clock.jump(std::chrono::hours(-24 * 200));
  EXPECT_TRUE(comes_true([&] { return problem().find("this machine's clock") != std::string::npos; }));
  clock.jump(ends - std::chrono::hours(24 * 30) - clock.wall());
  EXPECT_TRUE(comes_true([&] { return problem().empty(); }));
}

TEST_F(Tls, FilesThatCannotBeUsedAreEachASentence) {
  const auto why = [&] {
    const auto read = TlsContext::read(tls);
    return read ? std::string("they can") : read.error().what;
  };
  EXPECT_EQ(why(), "they can");
  write(tls.key, authority.sign("another").key_pem());
  EXPECT_THAT(why(), HasSubstr("key.pem is not the key of the certificate in"));
  write(tls.key, authority.sign("another").key_pem("secret"));
  EXPECT_THAT(why(), HasSubstr("is encrypted; store it without a passphrase"));
  write(tls.key, "nonsense");
  EXPECT_THAT(why(), HasSubstr("key.pem holds no key that can be used"));
  write(tls.key, "");
  EXPECT_THAT(why(), HasSubstr("key.pem (http.tls.key): it is empty"));
  put(authority.sign("first.example"));
  tls.client_certificates = ClientCertificates::required;
  write(tls.client_ca, "nonsense");
  EXPECT_THAT(why(), HasSubstr("clients.pem holds no certificate authority"));
  std::filesystem::remove(tls.client_ca);
  EXPECT_THAT(why(), HasSubstr("clients.pem (http.tls.client_ca): No such file"));
  std::filesystem::remove(tls.certificate);
  EXPECT_THAT(why(), HasSubstr("certificate.pem (http.tls.certificate): No such file"));
  std::filesystem::create_directory(tls.certificate);
  EXPECT_THAT(why(), HasSubstr("certificate.pem (http.tls.certificate)"));
  EXPECT_THAT(why(), Not(HasSubstr("\n")));
}

TEST_F(Tls, TheChainEndsWithItsFirstLink) {
  const Identity brief = Authority::make("Brief CA", -1, 5, &authority);
  write(tls.certificate, authority.sign("first.example").certificate_pem() + brief.certificate_pem());
  const Identity own = authority.sign("first.example");
  write(tls.key, own.key_pem());
  write(tls.certificate, own.certificate_pem() + brief.certificate_pem());
  const auto read = TlsContext::read(tls).value();
  EXPECT_LT(read->ends(), SystemClock().wall() + std::chrono::hours(24 * 6));
}

TEST_F(Tls, ClientsThatMayShowACertificateAreKnownByAGoodOne) {
  tls.client_certificates = ClientCertificates::optional;
  start();
  EXPECT_THAT(as(nullptr), HasSubstr("200 OK"));
  const Identity good = clients.sign("fw1"), expired = clients.sign("fw2", -9, -1), other = foreign.sign("fw3");
  TlsClient client(connect_tls(), &good);
  EXPECT_THAT(client.get("/api/v1/feeds"), HasSubstr("200 OK"));
  EXPECT_THAT(TlsClient(connect_tls(), &good).get("/api/v1/status"), HasSubstr(" 403 "))
      << "it is good for feeds alone";
  EXPECT_THAT(as(&good), HasSubstr("200 OK"));
  EXPECT_THAT(as(&expired),
              HasSubstr("\r\n\r\n# the client's certificate is not accepted here: certificate has expired\n"));
  EXPECT_THAT(as(&other), HasSubstr(" 401 "));
  EXPECT_THAT(as(&other), HasSubstr("not accepted here: unable to verify"));
}

TEST_F(Tls, ClientsThatMustShowACertificateGetNothingWithoutAGoodOne) {
  tls.client_certificates = ClientCertificates::required;
  start();
  const Identity good = clients.sign("fw1"), expired = clients.sign("fw2", -9, -1), other = foreign.sign("fw3");
  EXPECT_THAT(as(&good), HasSubstr("200 OK"));
  for (const Identity* client : {static_cast<const Identity*>(nullptr), &expired, &other}) EXPECT_EQ(as(client), "");
}

TEST_F(Tls, AResumedSessionStillKnowsItsClient) {
  tls.client_certificates = ClientCertificates::optional;
  start();
  const Identity good = clients.sign("fw1"), other = foreign.sign("fw3");
  for (const auto& [own, status] : {std::pair{&good, " 403 "}, std::pair{&other, " 401 "}}) {
    TlsClient first(connect_tls(), own);
    EXPECT_THAT(first.get("/api/v1/status"), HasSubstr(status));
    SSL_SESSION* session = SSL_get1_session(first.ssl());
    TlsClient second(connect_tls(), own);
    SSL_set_session(second.ssl(), session);
    EXPECT_THAT(second.get("/api/v1/status"), HasSubstr(status));
    EXPECT_TRUE(SSL_session_reused(second.ssl()));
    SSL_SESSION_free(session);
  }
}

TEST_F(Tls, WhoDoesNotSpeakTlsIsDroppedAndHoldsNobodyUp) {
  start();
  const int silent = connect_tls(), plain = connect_tls();
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  EXPECT_EQ(send(plain, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  EXPECT_THAT(as(nullptr), HasSubstr("200 OK"));
  EXPECT_THAT(all_of(plain), Not(HasSubstr("200")));
  char nothing = 0;
  EXPECT_EQ(recv(silent, &nothing, 1, 0), 0) << "after the patience, it is not waited for any more";
  close(silent);
}

TEST_F(Tls, HandshakesCountAmongTheConnections) {
  start(2);
  const int first = connect_tls(), second = connect_tls();
  TlsClient third(connect_tls());
  EXPECT_FALSE(third.connect());
  close(first);
  close(second);
  EXPECT_TRUE(comes_true([&] { return as(nullptr).find("200 OK") != std::string::npos; }));
}

TEST_F(Tls, AClientThatHangsUpWhileItIsBeingAnsweredIsSeenToBeGone) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  server.reset();
  DaemonCalls daemon;
  daemon.reload = [released]() -> Result<std::vector<std::string>> {
    released.wait();
    return std::vector<std::string>();
  };
  routes = std::make_unique<Routes>(*store, *snapshots, *events, daemon);
  start();
  const auto is_gone = [](int socket) {
    char nothing = 0;
    return recv(socket, &nothing, 1, 0) <= 0;
  };
  const std::string reload = "POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\n\r\n";
  {
    TlsClient polite(connect_tls());
    ASSERT_TRUE(polite.connect());
    polite.send(reload);
    SSL_shutdown(polite.ssl());
    EXPECT_EQ(polite.receive(), "");
    EXPECT_TRUE(is_gone(polite.socket())) << "although the call still runs";
  }
  TlsClient rude(connect_tls());
  ASSERT_TRUE(rude.connect());
  rude.send(reload);
  shutdown(rude.socket(), SHUT_WR);
  EXPECT_EQ(rude.receive(), "");
  TlsClient waiting(connect_tls());
  release.set_value();
  ASSERT_TRUE(waiting.connect());
  waiting.send("POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(waiting.all(), HasSubstr("200 OK"));
}

TEST_F(Tls, ALongListComesWhole) {
  Generation large = *store->ledger->current();
  std::vector<IpAddress> list;
  for (std::uint32_t i = 0; i < 100'000; i++)
    list.push_back(IpAddress::parse(fmt::format("20.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255)).value());
  large.profiles["google-talk"] = AddressSet(list);
  snapshots->published(std::make_shared<const Generation>(std::move(large)));
  start();
  const std::string text = as(nullptr);
  EXPECT_EQ(std::count(text.begin() + static_cast<long>(text.find("\r\n\r\n") + 4), text.end(), '\n'), 100'000);
}

}  // namespace
}  // namespace sinkfeed
