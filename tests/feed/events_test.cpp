// Streams of events over HTTP: what they begin with, each change, who comes back, and how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "feed/digests.hpp"
#include "feed/feed_events.hpp"
#include "store/sha256.hpp"
#include "tests/feed/server.hpp"

namespace sinkfeed {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kEnd = "0\r\n\r\n";

TEST(EventStream, GivesPiecesInTheirOrder) {
  EventStream stream;
  stream.push(std::make_shared<const std::string>(EventStream::kPiece + 3, 'a'));
  stream.push(std::make_shared<const std::string>("b"));
  EXPECT_EQ(stream.take().bytes.size(), EventStream::kPiece);
  EXPECT_EQ(stream.take().bytes, "aaa");
  stream.end();
  EXPECT_FALSE(stream.has_ended()) << "what was pushed before comes first";
  EXPECT_EQ(stream.take().bytes, "b");
  EXPECT_TRUE(stream.take().bytes.empty());
  EXPECT_TRUE(stream.has_ended());
}

TEST(EventStream, OfWhoReadsTooSlowlyIsGivenUp) {
  EventStream stream;
  int woken = 0;
  stream.listen([&] { woken++; });
  const auto megabyte = std::make_shared<const std::string>(1 << 20, 'x');
  for (int i = 0; i < 4; i++) stream.push(megabyte);
  EXPECT_FALSE(stream.has_ended());
  stream.push(megabyte);
  EXPECT_TRUE(stream.has_ended());
  EXPECT_TRUE(stream.take().bytes.empty()) << "nothing is kept for it";
  EXPECT_EQ(woken, 5);
  stream.leave();
  stream.end();
  EXPECT_EQ(woken, 5);
}

TEST(EventStream, EachLineIsALineOfData) {
  EXPECT_EQ(event_text("delta", 7, "{1}\n{2}\n"), "event: delta\nid: 7\ndata: {1}\ndata: {2}\n\n");
  EXPECT_EQ(event_text("reset", 0, "{}"), "event: reset\ndata: {}\n\n");
}

struct Events : test::Server {
  struct Listener {
    explicit Listener(int connected) : client(connected) {}
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    int client;
    std::string text;
    // Reads until it is there; it may be already.
    void until(std::string_view wanted) {
      char buffer[4096];
      while (text.find(wanted) == std::string::npos) {
        const ssize_t n = recv(client, buffer, sizeof buffer, 0);
        ASSERT_GT(n, 0) << "no " << wanted << " in " << text;
        text.append(buffer, static_cast<std::size_t>(n));
      }
    }
    void until_the_end() {
      text += all_of(client);
      client = -1;
    }
    ~Listener() {
      if (client >= 0) close(client);
    }
  };
  Listener listen(const std::string& query = "", const std::string& headers = "", const char* version = "1.1",
                  int receive_buffer = 0) const {
    const std::string request =
        fmt::format("GET /feed/google-talk.events{} HTTP/{}\r\nHost: localhost\r\n{}\r\n", query, version, headers);
    const int client = connect(receive_buffer);
    EXPECT_EQ(send(client, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
    return Listener(client);
  }
  std::string digest() const {
    const std::string answer = get("/feed/google-talk.txt");
    return to_hex(digest_of(Digest::sha256, answer.substr(answer.find("\r\n\r\n") + 4)));
  }
  std::string edition(std::uint64_t number, std::size_t entries) const {
    return fmt::format(
        "event: edition\nid: {0}\ndata: {{\"type\":\"edition\",\"feed\":\"google-talk\",\"generation\":{0},"
        "\"entries\":{1},\"full_sha256\":\"{2}\",\"ports\":[80,443,5222,5223]}}\n\n",
        number, entries, digest());
  }
  // As if the ledger had made it.
  void publish(std::uint64_t number, std::uint32_t addresses) const {
    Generation next = *store->ledger->current();
    next.number = number;
    std::vector<IpAddress> list;
    for (std::uint32_t i = 0; i < addresses; i++)
      list.push_back(IpAddress::parse(fmt::format("20.{}.{}.{}", i >> 16, i >> 8 & 255, i & 255)).value());
    next.profiles["google-talk"] = AddressSet(list);
    events->published(std::make_shared<const Generation>(std::move(next)));
  }
};

TEST_F(Events, BeginWithWhatIsCurrent) {
  Listener listener = listen();
  listener.until(edition(1, 7));
  EXPECT_THAT(listener.text, AllOf(HasSubstr("200 OK"), HasSubstr("Content-Type: text/event-stream\r\n"),
                                   HasSubstr("Transfer-Encoding: chunked\r\n"), HasSubstr("retry: 2000\n\n")));
  EXPECT_THAT(listener.text, Not(HasSubstr("event: delta")));
  HttpRequest request;
  request.path = "/feed/google-talk.events";
  EXPECT_EQ(routes->pace(request), Routes::Pace::feed);
}

TEST_F(Events, TellEachChangeToEverybody) {
  Listener listeners[] = {listen(), listen(), listen("?family=4")};
  for (Listener& listener : listeners) listener.until("event: edition");
  see("74.125.140.125", "talk.google.com");
  for (Listener& listener : listeners)
    listener.until(
        "event: delta\nid: 2\ndata: {\"type\":\"delta\",\"feed\":\"google-talk\",\"from\":1,\"to\":2}\n"
        "data: {\"add\":\"74.125.140.125/32\"}\n"
        "data: {\"type\":\"end\",\"added\":1,\"removed\":0,\"entries\":8,");
  see("74.125.140.126", "talk.google.com");
  const std::string sha256 = digest();
  for (Listener& listener : listeners) listener.until("\"entries\":9,\"full_sha256\":\"" + sha256 + "\"}\n\n");
}

TEST_F(Events, AreOfOneFamilyIfSomebodyWantsOne) {
  see("2a00:1450:400c:c06::7d", "talk.google.com");
  Listener listener = listen("?family=6");
  listener.until("\"entries\":1,");
  see("74.125.140.125", "talk.google.com");
  see("2a00:1450:400c:c06::7e", "talk.google.com");
  listener.until("\"from\":2,\"to\":4}");
  EXPECT_THAT(listener.text, Not(HasSubstr("74.125")));
}

TEST_F(Events, WhoComesBackGetsWhatItLacks) {
  see("74.125.140.125", "talk.google.com");  // 2
  see("74.125.140.126", "talk.google.com");  // 3
  for (const auto& [query, header] : {std::pair{"?since=1", ""}, std::pair{"", "Last-Event-ID: 1\r\n"},
                                      std::pair{"?since=2", "Last-Event-ID: 1\r\n"}}) {
    Listener listener = listen(query, header);
    listener.until(edition(3, 9));
    EXPECT_THAT(listener.text, HasSubstr("event: delta\nid: 3\ndata: {\"type\":\"delta\",\"feed\":\"google-talk\","
                                         "\"from\":1,\"to\":3}\ndata: {\"add\":\"74.125.140.125/32\"}\n"
                                         "data: {\"add\":\"74.125.140.126/32\"}\n"));
  }
  Listener listener = listen("?since=3");
  listener.until(edition(3, 9));
  EXPECT_THAT(listener.text, Not(HasSubstr("event: delta")));
}

TEST_F(Events, WhoLacksTooMuchOrSaysNonsenseIsToFetchTheWhole) {
  for (const char* id : {"0", "99", "x", "1x", "-1", "99999999999999999999"}) {
    Listener listener = listen("", "Last-Event-ID: " + std::string(id) + "\r\n");
    listener.until(edition(1, 7));
    EXPECT_THAT(listener.text, HasSubstr("event: reset\ndata: {\"type\":\"reset\"")) << id;
  }
  Listener listener = listen();
  listener.until("event: edition");
  publish(2, 45'000);
  listener.until("event: reset\ndata: {\"type\":\"reset\",\"feed\":\"google-talk\",\"generation\":2,\"entries\":45000");
  publish(3, 44'999);
  listener.until("\"from\":2,\"to\":3}");
}

TEST_F(Events, OfAFeedThatBecomesEmptyStaySilent) {
  EXPECT_THAT(get("/feed/google-talk.events?family=6"),
              AllOf(HasSubstr(" 503 "), HasSubstr("Retry-After"), HasSubstr("keep the one you have")));
  Listener listener = listen();
  listener.until("event: edition");
  publish(2, 0);
  publish(3, 5);
  listener.until("\"from\":1,\"to\":3}");
  EXPECT_THAT(listener.text, Not(HasSubstr("\"entries\":0")));
}

TEST_F(Events, ShowThatTheyLive) {
  Listener listener = listen();
  listener.until("event: edition");
  listener.until("\n:\n\n");
}

TEST_F(Events, EndWhenTheSettingsAreOthersAndWhenTheServerStops) {
  Listener first = listen();
  first.until("event: edition");
  events->end_streams();
  first.until_the_end();
  EXPECT_THAT(first.text, EndsWith(kEnd));
  Listener second = listen(), third = listen("", "", "1.0");
  second.until("event: edition");
  third.until("event: edition");
  server->stop();
  second.until_the_end();
  third.until_the_end();
  EXPECT_THAT(second.text, EndsWith(kEnd));
  EXPECT_THAT(third.text, AllOf(Not(HasSubstr("chunked")), EndsWith("]}\n\n")));
}

TEST_F(Events, OfWhoReadsNothingAreClosed) {
  server =
      HttpServer::open({{Endpoint{IpAddress::parse("127.0.0.1").value(), 0}}}, *routes, std::chrono::milliseconds(200))
          .value();
  server->start();
  Listener sleeper = listen("", "", "1.1", 4096);
  sleeper.until("event: edition");
  publish(2, 20'000);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  sleeper.until_the_end();
  EXPECT_THAT(sleeper.text, AllOf(HasSubstr("\"to\":2}"), Not(HasSubstr("\"type\":\"end\""))));
}

TEST_F(Events, AreBoundedInTheirNumber) {
  const auto shared = std::make_shared<const Configuration>(configuration);
  std::vector<std::shared_ptr<EventStream>> streams;
  for (std::size_t i = 0; i < FeedEvents::kMostStreams; i++)
    streams.push_back(events->follow(shared, shared->feeds.front(), {}, std::nullopt).value());
  EXPECT_FALSE(events->follow(shared, shared->feeds.front(), {}, std::nullopt));
  EXPECT_THAT(get("/feed/google-talk.events"), HasSubstr(" 503 "));
  streams.pop_back();
  EXPECT_TRUE(events->follow(shared, shared->feeds.front(), {}, std::nullopt));
}

TEST_F(Events, AreNoListAndHaveNoSidecars) {
  for (const char* path : {"/feed/google-talk.events.md5", "/feed/none.events"})
    EXPECT_THAT(get(path), HasSubstr(" 404 "));
  for (const char* query : {"?family=5", "?form=ranges", "?since=x"})
    EXPECT_THAT(get(std::string("/feed/google-talk.events") + query), HasSubstr(" 400 "));
  const std::string head = get("/feed/google-talk.events", "HEAD");
  EXPECT_THAT(head, AllOf(HasSubstr("200 OK"), HasSubstr("text/event-stream"), EndsWith("\r\n\r\n")));
}

}  // namespace
}  // namespace sinkfeed
