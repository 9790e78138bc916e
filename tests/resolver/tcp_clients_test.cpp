// RFC 7766 and 9210 on one worker's connections, and what they may take.
#include "resolver/tcp_clients.hpp"

#include "tests/resolver/tcp_lab.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

class Tcp : public test::TcpLab {};

TEST_F(Tcp, Rfc7766_5_WhatFitsIntoNoMessageIsNoTruncatedOne) {
  for (const std::size_t rest : {203u, 214u}) {  // without room for an OPT that says more, for any OPT
    auto message = test::response("big.test", dns::TXT, 0, {});
    message[7] = 255;
    for (int i = 0; i < 255; i++) {
      const std::size_t size = i < 254 ? 245 : rest;
      for (const unsigned value : {0xc00cu, 16u, 1u, 0u, 1u}) test::put16(message, value);
      test::put16(message, static_cast<unsigned>(size));
      test::put(message, static_cast<char>(size - 1) + std::to_string(1000 + i) + std::string(size - 5, 'x'));
    }
    ASSERT_GT(message.size() + 17, dns::kMaxMessage);
    EXPECT_FALSE(ask(test::query("big.test", dns::TXT, edns()), Transport::tcp).came());
    upstream.answer(message);
    EXPECT_FALSE(inbox->replies.back().truncated());
    const bool fits = message.size() + 11 <= dns::kMaxMessage;
    EXPECT_EQ(inbox->replies.back().rcode(), fits ? 0u : 2u);
    EXPECT_EQ(inbox->replies.back().count(1), fits ? 255u : 0u);
    EXPECT_EQ(recorded().back().rcode, inbox->replies.back().rcode());
    clock.advance(1h);
  }
}

TEST_F(Tcp, Rfc7766_8_ALengthInTwoSegmentsAndOneOfZero) {
  const auto peer = connect();
  peer->write({0, 0});
  for (const std::uint8_t byte : test::TcpPeer::framed(test::query("localhost", dns::A))) {
    peer->write({byte});
    run(1ms);
  }
  ASSERT_TRUE(gets(*peer, 1));
  EXPECT_EQ(peer->replies[0].rcode(), 0u);
}

TEST_F(Tcp, Rfc7766_6_2_1_1_WhoReadsGetsAllThatHePipelined) {
  cache_big_answer();
  const auto peer = connect("10.0.0.7", 4096);
  for (int i = 0; i < 40; i++) peer->ask("big.test", dns::TXT);
  run(50ms);
  ASSERT_TRUE(gets(*peer, 40)) << peer->replies.size();
  EXPECT_GT(peer->replies[0].bytes.size(), 58000u);
}

TEST_F(Tcp, Rfc7766_7_HundredsAreAnsweredInAnyOrder) {
  limits.in_flight = 400;
  const auto peer = connect();
  for (std::uint16_t i = 0; i < 300; i++) peer->ask("n" + std::to_string(i) + ".test", dns::A, i);
  ASSERT_TRUE(run_until([&] { return upstream.asked.size() == 300; }));
  std::reverse(upstream.asked.begin(), upstream.asked.end());
  for (int i = 299; i >= 0; i--) upstream.answer(address("n" + std::to_string(i) + ".test"));
  ASSERT_TRUE(gets(*peer, 300));
  for (unsigned i = 0; i < 300; i++) EXPECT_EQ(dns::read16(peer->replies[i].bytes.data()), 299 - i);
}

TEST_F(Tcp, NoMoreIsReadThanMayBeInFlight) {
  limits.in_flight = 2;
  const auto peer = connect();
  for (const auto* name : {"a.test", "b.test", "c.test"}) peer->ask(name);
  run(30ms);
  EXPECT_EQ(upstream.asked.size(), 2u);
  upstream.answer(address("a.test"));
  ASSERT_TRUE(run_until([&] { return upstream.asked.size() == 2; }));
  upstream.answer(address("b.test"));
  upstream.answer(address("c.test"));
  EXPECT_TRUE(gets(*peer, 3));
}

TEST_F(Tcp, Rfc7766_6_2_3_AHalfClosedClientGetsItsAnswers) {
  const auto peer = connect();
  peer->ask("a.test"), peer->ask("b.test");
  peer->socket.shutdown(boost::asio::socket_base::shutdown_send);
  ASSERT_TRUE(run_until([&] { return upstream.asked.size() == 2; }));
  upstream.answer(address("a.test"));
  EXPECT_TRUE(gets(*peer, 1));
  EXPECT_FALSE(peer->ended);
  upstream.answer(address("b.test"));
  EXPECT_TRUE(ends(*peer));
  EXPECT_EQ(peer->replies.size(), 2u);
}

TEST_F(Tcp, Rfc7766_6_2_3_WhoIsIdleIsLetGoButNotWhoWaits) {
  limits.idle = 60ms;
  const auto silent = connect(), unfinished = connect(), served = connect(), waiter = connect();
  unfinished->write({0, 40, 1, 2, 3});
  served->ask("localhost");
  waiter->ask("a.test");
  for (auto* peer : {&silent, &unfinished, &served}) EXPECT_TRUE(ends(**peer, 1s));
  EXPECT_EQ(served->replies.size(), 1u);
  run(150ms);
  upstream.answer(address("a.test"));
  EXPECT_TRUE(gets(*waiter, 1));
  EXPECT_TRUE(ends(*waiter, 1s));
}

TEST_F(Tcp, Rfc7766_6_2_3_TheIdleTimeIsShorterWhenHalfAreInUse) {
  limits.connections = 4;
  limits.idle_busy = 50ms;
  const auto first = connect("10.0.0.1"), second = connect("10.0.0.2"), third = connect("10.0.0.3");
  EXPECT_TRUE(ends(*third, 1s));
  EXPECT_FALSE(ends(*first, 100ms));
  EXPECT_FALSE(ends(*second, 1ms));
}

TEST_F(Tcp, OneClientHasSoManyConnectionsAndNoMore) {
  limits.of_one_client = 3;
  std::vector<std::unique_ptr<test::TcpPeer>> held;
  for (const auto* address : {"fd00::1", "fd00::2", "fd00::2", "10.0.0.1", "10.0.0.1", "10.0.0.1"})
    held.push_back(connect(address));
  EXPECT_TRUE(ends(*connect("fd00::3"), 1s)) << "a /64 is one client";
  EXPECT_TRUE(ends(*connect("10.0.0.1"), 1s));
  for (const auto* address : {"fd00:0:0:1::1", "10.0.0.2"}) {
    const auto other = connect(address);
    other->ask("localhost");
    EXPECT_TRUE(gets(*other, 1));
  }
  held.pop_back();
  run(20ms);
  const auto again = connect("10.0.0.1");
  again->ask("localhost");
  EXPECT_TRUE(gets(*again, 1));
}

TEST_F(Tcp, Rfc7766_6_2_2_WhenAllAreInUseTheIdlestGoes) {
  limits.connections = 3;
  limits.idle_busy = limits.idle;
  const auto waiter = connect("10.0.0.1");
  waiter->ask("a.test");
  ASSERT_TRUE(run_until([&] { return upstream.asked.size() == 1; }));
  clock.advance(1ms);
  const auto active = connect("10.0.0.2");
  clock.advance(1ms);
  const auto idle = connect("10.0.0.3");
  clock.advance(1ms);
  active->ask("localhost");
  ASSERT_TRUE(gets(*active, 1));
  const auto fresh = connect("10.0.0.4");
  EXPECT_TRUE(ends(*idle, 1s));
  for (auto* peer : {&waiter, &active, &fresh}) EXPECT_FALSE(ends(**peer, 10ms));
}

TEST_F(Tcp, WhoDoesNotReadIsLetGo) {
  cache_big_answer();
  limits.idle = 100ms;
  const auto peer = connect("10.0.0.7", 4096);
  for (int i = 0; i < 10; i++) peer->ask("big.test", dns::TXT);
  run(400ms);
  EXPECT_TRUE(ends(*peer, 1s));
  EXPECT_LT(peer->replies.size(), 10u);
}

TEST_F(Tcp, WhoDoNotReadHoldSoMuchInAll) {
  cache_big_answer();
  limits.queued_in_all = 200'000;
  const auto first = connect("10.0.0.1", 4096), second = connect("10.0.0.2", 4096);
  for (auto* peer : {&first, &second}) {
    for (int i = 0; i < 10; i++) (*peer)->ask("big.test", dns::TXT);
  }
  run(100ms);
  first->read(), second->read();
  EXPECT_TRUE(ends(*first, 500ms) || ends(*second, 500ms));
  const auto other = connect("10.0.0.3");
  other->ask("localhost");
  EXPECT_TRUE(gets(*other, 1));
}

TEST_F(Tcp, Rfc6891_6_1_2_AQueryLongerThanAnyIsAFormatError) {
  const auto peer = connect();
  for (const unsigned size : {4096u, 65535u}) {
    auto packet = test::query("localhost", dns::A, edns());
    const unsigned option = size - static_cast<unsigned>(packet.size()) - 4;
    packet.resize(packet.size() - 2);
    test::put16(packet, option + 4), test::put16(packet, 65001), test::put16(packet, option);
    packet.resize(size);
    peer->write(test::TcpPeer::framed(packet));
    peer->ask("localhost");
  }
  ASSERT_TRUE(gets(*peer, 4));
  EXPECT_EQ(peer->replies[0].rcode(), 0u);
  EXPECT_EQ(peer->replies[2].rcode(), 1u);
  EXPECT_EQ(peer->replies[3].rcode(), 0u) << "and what follows is read as if nothing had been";
}

TEST_F(Tcp, AStrangerGetsOneAnswerAndNobodysPlace) {
  limits.connections = 2, limits.strangers = 2;
  limits.idle_busy = 80ms;
  const auto ours = connect("10.0.0.1");
  const auto first = connect("198.51.100.1"), silent = connect("198.51.100.2");
  EXPECT_TRUE(ends(*connect("198.51.100.3"), 1s)) << "one too many";
  EXPECT_FALSE(ours->ended);
  first->ask("localhost"), first->ask("localhost");
  EXPECT_TRUE(ends(*first, 1s));
  ASSERT_EQ(first->replies.size(), 1u);
  EXPECT_EQ(first->replies[0].rcode(), 5u);
  EXPECT_TRUE(ends(*silent, 1s)) << "his time is short";
  limits.idle_busy = limits.idle;
  const auto second = connect("10.0.0.2");
  for (auto* peer : {&ours, &second}) {
    (*peer)->ask("localhost");
    EXPECT_TRUE(gets(**peer, 1));
  }
}

TEST_F(Tcp, WhoAsksTooMuchIsReadMoreSlowlyAndLosesNothing) {
  settings.dns.rate_limit = 100;
  const auto peer = connect();
  for (int i = 0; i < 100; i++) ask("localhost");  // over UDP, perhaps by somebody else in his name
  for (std::uint16_t i = 0; i < 120; i++) peer->ask("localhost", dns::A, i);
  ASSERT_TRUE(gets(*peer, 50)) << "half a second's worth at once";
  run(50ms);
  peer->read();
  EXPECT_EQ(peer->replies.size(), 50u);
  const auto other = connect("10.0.0.8");
  other->ask("localhost");
  EXPECT_TRUE(gets(*other, 1)) << "others do not wait";
  EXPECT_TRUE(run_until([&] {
    clock.advance(10ms);
    peer->read();
    return peer->replies.size() == 120;
  }));
  for (unsigned i = 0; i < peer->replies.size(); i++) EXPECT_EQ(dns::read16(peer->replies[i].bytes.data()), i);
}

}  // namespace
}  // namespace sinkfeed
