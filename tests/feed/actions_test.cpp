// POST calls over a real connection: bodies, their limits, and what they do.
#include "feed/actions.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "feed/local_user.hpp"
#include "server.hpp"

namespace sinkfeed {
namespace {

using test::Server;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kOne =
    R"json({"profile": "google-talk", "vantage": "import", "detail": "client 10.0.0.7 (netstat)",
    "addresses": [{"address": "74.125.140.125", "port": 5222}, {"address": "10.0.0.5"}]})json";

std::string user_of_this_process() { return getpwuid(getuid())->pw_name; }

TEST_F(Server, ObservedAddressesComeIntoTheFeedWithWhoBroughtThem) {
  const std::string answer = post("/api/v1/ips/observed", kOne);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr(R"({"address":"74.125.140.125","known":false,"state":"published","reason":""})"));
  EXPECT_THAT(answer, HasSubstr(R"({"address":"10.0.0.5","known":false,"state":"held","reason":"private-use address)"));
  EXPECT_THAT(get("/feed/google-talk.txt"), AllOf(HasSubstr("\n74.125.140.125\n"), Not(HasSubstr("10.0.0.5"))));
  EXPECT_THAT(get("/api/v1/why?subject=74.125.140.125"),
              HasSubstr("client 10.0.0.7 (netstat), by " + user_of_this_process()));
  EXPECT_THAT(post("/api/v1/ips/observed", kOne), HasSubstr(R"("known":true)"));
}

TEST_F(Server, WhatAPersonDecidesIsInForceWhenItIsAnswered) {
  see("74.125.140.125", "talk.google.com");
  const auto decide = [&](const char* what, const std::string& more = "") {
    return post(std::string("/api/v1/ips/") + what,
                R"({"addresses": ["74.125.140.125"], "reason": "a test")" + more + "}");
  };
  EXPECT_THAT(decide("hold", R"(, "for": "2h")"),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("state":"held")"), HasSubstr(R"("until":)")));
  EXPECT_THAT(get("/feed/google-talk.txt"), Not(HasSubstr("74.125.140.125")));
  EXPECT_THAT(get("/api/v1/decisions"), HasSubstr(R"("by":")" + user_of_this_process()));
  EXPECT_THAT(decide("undo"), HasSubstr(R"("state":"published")"));
  EXPECT_THAT(decide("undo"), AllOf(StartsWith("HTTP/1.1 409 "), HasSubstr("nobody has decided")));
  EXPECT_THAT(decide("undo", R"(, "for": "2h")"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(decide("hold", R"(, "profile": "nothing")"), AllOf(StartsWith("HTTP/1.1 409 "), HasSubstr("nothing")));
  EXPECT_THAT(decide("forget"), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(store->ledger->find(IpAddress::parse("74.125.140.125").value()).empty());
  EXPECT_THAT(post("/api/v1/ips/hold", R"({"addresses": ["74.125.140.125"]})"), HasSubstr("reason"));
  EXPECT_THAT(post("/api/v1/ips/hold", R"({"addresses": ["74.125.140"], "reason": "x"})"), StartsWith("HTTP/1.1 400 "));
}

TEST_F(Server, FeedsAreSetBackAndReleased) {
  const auto number = store->ledger->current()->number;
  const std::string back = R"({"reason": "a test", "generation": )" + std::to_string(number) + "}";
  see("74.125.140.125", "talk.google.com");
  EXPECT_THAT(post("/api/v1/feeds/rollback", back), AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr(R"("kept_out":0)")));
  EXPECT_THAT(get("/feed/google-talk.txt"), Not(HasSubstr("74.125.140.125")));
  EXPECT_THAT(get("/api/v1/waiting"), AllOf(HasSubstr(R"("change":"comes")"), HasSubstr("74.125.140.125"),
                                            HasSubstr(R"("all":1)"), HasSubstr(R"("by":")" + user_of_this_process())));
  EXPECT_THAT(get("/api/v1/status"), HasSubstr(R"("warnings":{"feeds":)"));
  EXPECT_THAT(get("/readyz"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get("/api/v1/why?subject=74.125.140.125"), HasSubstr(R"("waits":true)"));
  EXPECT_THAT(get("/api/v1/decisions"), HasSubstr(R"("what":"rollback")"));
  EXPECT_THAT(post("/api/v1/feeds/release", R"({"reason": "over"})"), HasSubstr(R"("released":1)"));
  EXPECT_THAT(get("/feed/google-talk.txt"), HasSubstr("74.125.140.125"));
  EXPECT_THAT(post("/api/v1/feeds/release", R"({"reason": "over"})"), StartsWith("HTTP/1.1 409 "));
  EXPECT_THAT(post("/api/v1/feeds/rollback", R"({"reason": "a test", "generation": 1000})"),
              StartsWith("HTTP/1.1 409 "));
  for (const char* body : {R"({"reason": "x"})", R"({"reason": "x", "generation": "1"})",
                           R"({"reason": "x", "generation": -1})", R"({"generation": 1})"})
    EXPECT_THAT(post("/api/v1/feeds/rollback", body), StartsWith("HTTP/1.1 400 ")) << body;
}

TEST_F(Server, WhatObservedCannotReadSaysWhatIsWrong) {
  const auto detail = [&](const std::string& body) {
    const std::string answer = post("/api/v1/ips/observed", body);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 ")) << body;
    return answer;
  };
  EXPECT_THAT(detail("{"), HasSubstr("no JSON object"));
  EXPECT_THAT(detail("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(detail("{}"), HasSubstr("no profile"));
  EXPECT_THAT(detail(R"({"profile": 5})"), HasSubstr("profile"));
  EXPECT_THAT(detail(R"({"profile": "google-talk", "vantage": "upstream", "reason": "x"})"),
              HasSubstr("hand or import"));
  EXPECT_THAT(detail(R"({"profile": "google-talk", "vantage": "hand"})"), HasSubstr("come from"));
  EXPECT_THAT(detail(R"({"profile": "google-talk", "vantage": "hand", "reason": "two\nlines"})"),
              HasSubstr("one line"));
  for (const char* addresses : {"", R"(, "addresses": [])", R"(, "addresses": "1.2.3.4")"})
    EXPECT_THAT(detail(std::string(R"({"profile": "google-talk", "vantage": "hand", "reason": "x")") + addresses + "}"),
                HasSubstr("1 to 4096"));
  for (const char* item : {"5", R"({"address": "x"})", R"({"address": "1.2.3.4", "port": 0})",
                           R"({"address": "1.2.3.4", "port": "http"})"})
    EXPECT_THAT(detail(std::string(R"({"profile": "google-talk", "vantage": "hand", "reason": "x", "addresses": [)") +
                       item + "]}"),
                HasSubstr("item 1: "));
}

TEST_F(Server, ABodyIsJsonOfBoundedSizeAndOnlyWhereOneIsTaken) {
  const std::string plain = "POST /api/v1/ips/observed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  EXPECT_THAT(exchange(plain + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"), HasSubstr(" 415 "));
  EXPECT_THAT(post("/api/v1/ips/observed", std::string(2 << 20, ' ')),
              AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("1 MiB")));
  EXPECT_THAT(exchange(plain + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n" +
                       std::string(0x200000, ' ') + "\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(post("/api/v1/reload", "{}"), AllOf(StartsWith("HTTP/1.1 413 "), HasSubstr("takes no body")));
  EXPECT_THAT(post("/feed/google-talk.txt", "{}"), StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(post("/api/v1/ips/observed", kOne, "Expect: 100-continue\r\n"),
              AllOf(StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")));
  EXPECT_THAT(get("/api/v1/ips/observed"), AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("takes POST")));
}

TEST_F(Server, APageOfAnotherSiteMakesTheDaemonDoNothing) {
  EXPECT_THAT(post("/api/v1/ips/observed", kOne, "Origin: http://elsewhere.example\r\n"), HasSubstr(" 403 "));
  EXPECT_THAT(post("/api/v1/ips/observed", kOne, "Origin: http://x\r\n"), HasSubstr(" 403 "))
      << "anybody's name may lead here";
  for (const char* host : {"127.0.0.1:8053", "[::1]:8053", "localhost:8053", "localhost"})
    EXPECT_THAT(exchange(fmt::format("POST /api/v1/reload HTTP/1.1\r\nHost: {0}\r\nOrigin: http://{0}\r\n"
                                     "Connection: close\r\n\r\n",
                                     host)),
                HasSubstr(" 200 "));
}

TEST_F(Server, WhoBecameRootIsNamedIfItReadsLikeANameAndOfNobodyElseItIsBelieved) {
  const std::string user = user_of_this_process();
  EXPECT_THAT(post("/api/v1/ips/observed", kOne, "Sinkfeed-Sudo-User: alice\r\n"),
              HasSubstr("by " + user + (getuid() == 0 ? " (sudo by alice)" : "") + "\""));
  EXPECT_THAT(post("/api/v1/ips/observed", kOne, "Sinkfeed-Sudo-User: a\"); x\r\n"), HasSubstr("by " + user + "\""));
}

TEST(LocalUser, IsTheOneAtTheOtherEnd) {
  for (const int family : {AF_INET, AF_INET6}) {
    const int listener = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);
    sockaddr_storage at{}, from{};
    socklen_t size = sizeof at;
    at.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET)
      reinterpret_cast<sockaddr_in&>(at).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    else
      reinterpret_cast<sockaddr_in6&>(at).sin6_addr = in6addr_loopback;
    ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&at), size), 0);
    ASSERT_EQ(listen(listener, 1), 0);
    ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size), 0);
    ASSERT_EQ(connect(client, reinterpret_cast<sockaddr*>(&at), size), 0);
    size = sizeof from;
    ASSERT_EQ(getsockname(client, reinterpret_cast<sockaddr*>(&from), &size), 0);
    const auto endpoint = [](const sockaddr_storage& address) {
      return Endpoint{IpAddress::from(reinterpret_cast<const sockaddr&>(address)),
                      ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port)};
    };
    EXPECT_EQ(local_user(endpoint(from), endpoint(at)), user_of_this_process());
    EXPECT_EQ(local_user(endpoint(from), {endpoint(at).address, 1}), "");
    close(client);
    EXPECT_EQ(local_user(endpoint(from), endpoint(at)), "") << "the kernel shows root for what nobody has any more";
    close(listener);
  }
}

}  // namespace
}  // namespace sinkfeed
