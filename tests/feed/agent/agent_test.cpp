// The agent against a real server, and against servers that lie: what reaches the kernel's sets, which are feigned here
// (tests/integration/test_agent.py has the real ones).
#include "feed/agent/agent.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "feed/agent/last_good.hpp"
#include "tests/feed/server.hpp"

namespace sinkfeed {
namespace {

using testing::HasSubstr;

class FeignedSets final : public KernelSets {
 public:
  Result<void> can_be_used() const override { return {}; }
  Result<void> load(const FollowedList& list) const override {
    there = list.networks;
    loads++;
    return {};
  }
  Result<void> change(const FollowedList& from, const FollowedList& to) const override {
    if (there != from.networks) return Problem{"it is not there"};
    there = to.networks;
    changes++;
    return {};
  }
  Result<std::optional<std::string>> difference(const FollowedList& list) const override {
    using Difference = std::optional<std::string>;
    return there == list.networks ? Difference() : Difference("it differs");
  }
  std::string name() const override { return "feigned"; }

  mutable std::vector<Network> there;
  mutable int loads = 0, changes = 0;
};

struct TheAgent : test::Server {
  TheAgent() { spdlog::default_logger()->set_level(spdlog::level::off); }
  ~TheAgent() override { spdlog::default_logger()->set_level(spdlog::level::info); }

  Result<void> once(std::uint16_t port, const std::optional<int>& family = std::nullopt) {
    AgentSettings settings;
    settings.url = parse_feed_url(fmt::format("http://127.0.0.1:{}/feed/google-talk", port)).value();
    settings.family = family;
    settings.state = folder / "agent";
    settings.check = std::chrono::minutes(5);
    settings.once = true;
    return run_agent(settings, sets);
  }
  Result<void> once() { return once(server->endpoints().at(0).port); }

  FeignedSets sets;
};

TEST_F(TheAgent, HasTheWholeListAndThenTheChanges) {
  ASSERT_TRUE(once());
  EXPECT_EQ(sets.there.size(), 7u);
  EXPECT_EQ(sets.loads, 1);
  see("74.125.140.125", "talk.google.com");
  ASSERT_TRUE(once());
  EXPECT_EQ(sets.there.size(), 8u);
  EXPECT_EQ(sets.loads, 1) << "what has changed is enough";
  EXPECT_EQ(sets.changes, 1);
}

TEST_F(TheAgent, BlocksByTheLastGoodListWhenNoServerAnswers) {
  ASSERT_TRUE(once());
  server->stop();
  sets.there.clear();
  EXPECT_FALSE(once());
  EXPECT_EQ(sets.there.size(), 7u);
}

TEST_F(TheAgent, TakesNoDamagedListFromTheDisk) {
  ASSERT_TRUE(once());
  sets.there.clear();
  std::fstream(folder / "agent/google-talk.list", std::ios::in | std::ios::out | std::ios::ate) << "8.8.8.8\n";
  const auto kept = LastGood::open(folder / "agent", "google-talk", std::nullopt).value();
  EXPECT_FALSE(kept.load());
  ASSERT_TRUE(once());
  EXPECT_EQ(sets.there.size(), 7u);
  EXPECT_TRUE(kept.load());
}

TEST_F(TheAgent, KeepsWhatItHasWhenTheFeedIsEmpty) {
  const auto done = once(server->endpoints().at(0).port, 6);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr("no list to give"));
  EXPECT_EQ(sets.loads, 0);
}

TEST_F(TheAgent, SaysWhatIsWrong) {
  EXPECT_THAT(once(1).error().what, HasSubstr("127.0.0.1:1 does not answer"));
  AgentSettings settings;
  settings.url = parse_feed_url("http://127.0.0.1:1/feed/google-talk").value();
  settings.state = "/proc/nowhere";
  EXPECT_THAT(run_agent(settings, sets).error().what, HasSubstr("--state"));
  settings.state = folder / "agent";
  settings.access.token_file = "/nonexistent";
  EXPECT_THAT(run_agent(settings, sets).error().what, HasSubstr("--token-file /nonexistent"));
  settings.access = {};
  settings.access.ca = "/nonexistent";
  EXPECT_THAT(run_agent(settings, sets).error().what, HasSubstr("--ca /nonexistent"));
}

// A server that answers with what it is told to.
struct Liar {
  Liar(std::string list, std::string events) : list_(std::move(list)), events_(std::move(events)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(listen(listener_, 10), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port = ntohs(at.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Liar() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::uint16_t port = 0;

 private:
  void serve() const {
    for (int client; (client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0; close(client)) {
      char buffer[4096];
      const ssize_t n = recv(client, buffer, sizeof buffer, 0);
      const std::string request(buffer, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
      const std::string& answer = request.find(".events") != std::string::npos   ? events_
                                  : request.find(".sha256") != std::string::npos ? digest_
                                                                                 : list_;
      send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }
  const std::string list_, events_;
  const std::string digest_ =
      ok(list_digest(list_.substr(std::min(list_.find("\r\n\r\n") + 4, list_.size()))) + "  google-talk.txt\n");
  int listener_ = -1;
  std::thread thread_;

 public:
  static std::string ok(const std::string& body, const std::string& headers = "") {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Sinkfeed-Generation: 9\r\n{}\r\n{}", body.size(),
                       headers, body);
  }
  static std::string events(const std::string& text) {
    return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + text;
  }
  static std::string edition() {
    return event_text(
        "edition", 9,
        fmt::format(R"({{"type":"edition","feed":"google-talk","generation":9,"entries":1,"ports":[5222],)"
                    R"("full_sha256":"{}"}})",
                    std::string(64, 'a')));
  }
};

TEST_F(TheAgent, TakesNothingFromAServerThatLies) {
  ASSERT_TRUE(once());
  const auto good = sets.there;
  const std::string current = Liar::events(Liar::edition());
  {
    const Liar honest(Liar::ok("8.8.4.4\n"), current);
    ASSERT_TRUE(once(honest.port)) << "or the others are refused for something else";
    ASSERT_EQ(sets.there.size(), 1u);
  }
  ASSERT_TRUE(once());
  const std::string huge(1 << 20, '8');
  for (const std::string& list :
       {Liar::ok("<html>Sign in</html>\n"), Liar::ok(""), Liar::ok("8.8.4.4\n0.0.0.0/0\n"), Liar::ok("8.8.4.4"),
        Liar::ok("8.8.4.4\n8.8.4.4\n"), Liar::ok("::ffff:8.8.4.4\n"), Liar::ok("10.0.0.1\n"), Liar::ok(huge),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n8.8.4.4\n"), std::string("8.8.4.4\n"), std::string(),
        std::string("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"),
        std::string("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")}) {
    const Liar liar(list, current);
    const auto done = once(liar.port);
    ASSERT_FALSE(done) << list.substr(0, 200);
    EXPECT_FALSE(done.error().what.empty());
    EXPECT_EQ(sets.there, good) << list.substr(0, 200);
  }
  for (const std::string& text :
       {Liar::ok("<html>"), Liar::events("data: <html>\n\nevent: edition\ndata: {}\n\n"),
        Liar::events("event: edition\ndata: {}\n\n"), Liar::events(""), Liar::events(std::string(5 << 20, 'x'))}) {
    const Liar liar(Liar::ok("8.8.4.4\n"), text);
    EXPECT_FALSE(once(liar.port)) << text.substr(0, 200);
    EXPECT_EQ(sets.there, good) << text.substr(0, 200);
  }
}

}  // namespace
}  // namespace sinkfeed
