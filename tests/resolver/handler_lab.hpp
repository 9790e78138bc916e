// A QueryHandler with everything around it made for tests: a clock that is turned, an upstream that answers when told
// to, a client that keeps what it gets.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <functional>
#include <map>

#include "resolver/query_handler.hpp"
#include "store/history_columns.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed::test {

class ToldUpstream final : public Upstream {
 public:
  struct Asked {
    UpstreamQuestion question;
    Callback callback;
  };
  const std::vector<Endpoint>& servers() const override { return servers_; }
  void ask(const UpstreamQuestion& question, std::optional<std::size_t>, Callback callback) override {
    asked.push_back({question, std::move(callback)});
  }
  std::size_t outstanding() const override { return asked.size(); }
  bool is_down() const override { return down; }
  void close() override {}

  // What the oldest open question gets.
  void answer(const Bytes& message) { finish({UpstreamOutcome::answered, message, servers_[0]}); }
  void fail(UpstreamOutcome outcome = UpstreamOutcome::timed_out) { finish({outcome, {}, servers_[0]}); }

  std::deque<Asked> asked;
  bool down = false;

 private:
  void finish(const UpstreamAnswer& answer) {
    ASSERT_FALSE(asked.empty()) << "nothing was asked";
    const Asked first = std::move(asked.front());
    asked.pop_front();
    first.callback(answer);
  }
  std::vector<Endpoint> servers_{Endpoint{IpAddress::parse("192.0.2.53").value(), 53}};
};

// An answer as a client sees it.
struct Reply {
  Bytes bytes;
  bool came() const { return !bytes.empty(); }
  unsigned flags() const { return dns::read16(bytes.data() + 2); }
  unsigned rcode() const { return flags() & 15u; }
  unsigned count(int section) const { return dns::read16(bytes.data() + 4 + 2 * section); }
  bool truncated() const { return flags() & dns::kTc; }
  std::vector<std::string> answers() const {
    return answers_of(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  // The TTL of the first record after the question; its owner is a pointer or the root.
  std::uint32_t ttl() const {
    std::size_t at = 12;
    while (bytes[at]) at += bytes[at] + 1u;
    at += 5;
    while (bytes[at] && bytes[at] < 0xc0) at += bytes[at] + 1u;
    at += bytes[at] ? 2 : 1;
    return dns::read32(bytes.data() + at + 4);
  }
  // Of the EDE option, which ends our OPT; nothing if there is none.
  std::optional<unsigned> ede() const {
    for (std::size_t at = 12; at + 6 <= bytes.size(); at++) {
      const std::size_t size = dns::read16(bytes.data() + at + 2);
      if (dns::read16(bytes.data() + at) == 15 && at + 4 + size == bytes.size() && size >= 2)
        return dns::read16(bytes.data() + at + 4);
    }
    return std::nullopt;
  }
};

class HandlerLab : public testing::Test, public ObservationSink, public TargetWatch {
 protected:
  class Inbox final : public AnswerSender {
   public:
    void send(const Peer&, std::span<const std::uint8_t> answer) override {
      replies.push_back({Bytes(answer.begin(), answer.end())});
    }
    std::vector<Reply> replies;
  };

  HandlerLab() {
    std::string pattern = "/tmp/sinkfeed-handler-XXXXXX";
    if (!mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp failed");
    folder_ = pattern;
    ring_ = HistoryRing::open(folder_ / "ring", 1 << 20).value();
    clock.advance(std::chrono::hours(1));
  }
  ~HandlerLab() override { std::filesystem::remove_all(folder_); }

  static std::shared_ptr<const Catalogue> catalogue() {
    Profile profile;
    profile.name = "chat";
    profile.ports = {5222};
    profile.names = {{DnsName::parse("talk.google.com").value(), Match::suffix, Tier::core, "login", ""}};
    const Tier tiers[] = {Tier::core};
    return std::make_shared<const Catalogue>(std::vector{profile}, tiers);
  }

  // To be called after `settings` were changed and before the first question.
  QueryHandler& handler() {
    if (!handler_) {
      limit_.emplace(settings.dns.rate_limit);
      handler_ = std::make_unique<QueryHandler>(
          HandlerParts{clock, *ring_, *this, *this, counters, *limit_, health, 0, waiting}, plan(), upstream);
    }
    return *handler_;
  }

  // What a handler goes by after a reload.
  std::shared_ptr<const Plan> plan() {
    return current_plan = std::make_shared<const Plan>(Configuration{settings, profiles}, shared_cache, ++plans_);
  }

  // The answer if there is one at once; later ones are in inbox->replies.
  Reply ask(const Bytes& packet, Transport transport = Transport::udp, std::string_view from = "10.0.0.7") {
    Bytes out(transport == Transport::udp ? 1232 : 65535);
    Client client;
    client.address = IpAddress::parse(from).value();
    client.port = 4242;
    client.transport = transport;
    client.sender = inbox.get();
    QueryHandler& handling = handler();
    const Cache::Section section(handling.cache(), 0);
    QueryHandler::Incoming incoming;
    handling.read(packet, incoming);
    handling.fetch_ahead(incoming);
    out.resize(handling.handle(incoming, client, {clock.wall(), clock.steady()}, out));
    return {out};
  }
  Reply ask(std::string_view name, std::uint16_t type = dns::A) { return ask(query(name, type, edns())); }
  // Asks, lets upstream answer, and gives what the client got.
  Reply ask_through(std::string_view name, std::uint16_t type, const Bytes& message) {
    EXPECT_FALSE(ask(name, type).came());
    upstream.answer(message);
    return last();
  }
  Reply last() const { return inbox->replies.empty() ? Reply{} : inbox->replies.back(); }
  static QueryShape edns() {
    QueryShape shape;
    shape.edns = true;
    return shape;
  }
  static Bytes address(std::string_view name, std::uint32_t ttl = 300, std::string_view quad = "198.51.100.1") {
    return response(name, dns::A, 0, {{std::string(name), dns::A, ttl, a(quad)}});
  }
  static Bytes missing(std::string_view name, std::uint16_t type = dns::A, std::uint32_t ttl = 300,
                       std::string_view zone = "test") {
    return response(name, type, 3, {}, {{std::string(zone), dns::SOA, ttl, soa(ttl)}});
  }
  void later(std::chrono::milliseconds by) {
    clock.advance(by);
    handler().tick();
  }
  std::vector<QueryRecord> recorded() {
    HistoryColumns columns;
    ring_->read(0, 1'000'000, columns);
    return columns.records();
  }

  void observe(std::vector<Observation> found, std::vector<NeverObservation> never) override {
    observations.insert(observations.end(), found.begin(), found.end());
    never_seen += never.size();
  }
  void watch(const Target& target) override { watched.push_back(target.name.text()); }

  Settings settings;
  WaitingLimits waiting;
  ManualClock clock{WallTime{std::chrono::seconds{1'790'000'000}}};
  std::shared_ptr<Cache> shared_cache = std::make_shared<Cache>(4 << 20);
  Cache& cache = *shared_cache;
  std::shared_ptr<const Catalogue> profiles = catalogue();
  std::shared_ptr<const Plan> current_plan;
  ToldUpstream upstream;
  WorkerCounters counters;
  Health health;
  std::shared_ptr<Inbox> inbox = std::make_shared<Inbox>();
  std::vector<Observation> observations;
  std::size_t never_seen = 0;
  std::vector<std::string> watched;

 private:
  std::filesystem::path folder_;
  std::unique_ptr<HistoryRing> ring_;
  std::uint32_t plans_ = 0;
  std::optional<RateLimit> limit_;
  std::unique_ptr<QueryHandler> handler_;
};

}  // namespace sinkfeed::test
