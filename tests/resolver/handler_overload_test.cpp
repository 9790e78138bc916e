// What cannot wait for upstream, because too much does.
#include "tests/resolver/handler_lab.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;

class Overload : public test::HandlerLab {
 protected:
  using Reply = test::Reply;
  Overload() { settings.dns.rate_limit = 0; }
  Reply of(std::string_view client, std::string_view name, Transport transport = Transport::udp) {
    return ask(test::query(name, dns::A, edns()), transport, client);
  }
  void expect_told(const Reply& reply) {
    ASSERT_TRUE(reply.came());
    EXPECT_EQ(reply.rcode(), 2u);
    EXPECT_EQ(reply.ede(), 0u);
    EXPECT_EQ(reply.count(1) + reply.count(2), 0u);
    ASSERT_EQ(recorded().size(), 1u) << "every query leaves a record";
    EXPECT_EQ(recorded().back().rcode, 2);
  }
};

TEST_F(Overload, Rfc8914_4_1_TooManyQuestions) {
  waiting.questions = 3;
  for (const auto* name : {"a.test", "b.test", "c.test"}) EXPECT_FALSE(of("10.0.0.1", name).came());
  expect_told(of("10.0.0.2", "d.test"));
  EXPECT_FALSE(of("10.0.0.2", "c.test").came()) << "what is asked already may be waited for";
  upstream.answer(address("a.test"));
  EXPECT_FALSE(of("10.0.0.2", "d.test").came()) << "nor is it remembered";
}

TEST_F(Overload, Rfc8914_4_1_TooManyAskersOfOneQuestion) {
  waiting.askers_of_one = 3;
  for (const auto* client : {"10.0.0.1", "10.0.0.2", "10.0.0.3"}) EXPECT_FALSE(of(client, "a.test").came());
  expect_told(of("10.0.0.4", "a.test"));
  EXPECT_FALSE(of("10.0.0.4", "b.test").came());
}

TEST_F(Overload, Rfc8914_4_1_TooManyAskersInAll) {
  waiting.askers = 3;
  for (const auto* name : {"a.test", "b.test", "c.test"}) EXPECT_FALSE(of("10.0.0.1", name).came());
  expect_told(of("10.0.0.2", "a.test"));
  upstream.answer(address("a.test"));
  EXPECT_FALSE(of("10.0.0.2", "d.test").came());
}

TEST_F(Overload, DnsBomb_WhatWaitsForOneClientIsBoundedAndTheRestIsDroppedAndRecorded) {
  waiting.of_one_client = 2;
  for (const auto* name : {"a.test", "b.test"}) EXPECT_FALSE(of("10.0.0.1", name).came());
  EXPECT_FALSE(of("10.0.0.1", "c.test").came());
  EXPECT_EQ(handler().waiting_askers(), 2u);
  ASSERT_EQ(recorded().size(), 1u);
  EXPECT_EQ(recorded().back().rule, "too many questions of this client wait");
  EXPECT_EQ(counters.dropped_packets.load(), 1u);
}

TEST_F(Overload, OfOneClientOverTcpIsToldSo) {
  waiting.of_one_client = 2;
  for (const auto* name : {"a.test", "b.test"}) EXPECT_FALSE(of("10.0.0.1", name, Transport::tcp).came());
  expect_told(of("10.0.0.1", "c.test", Transport::tcp));
}

TEST_F(Overload, Rfc8767_5_WhatIsLeftIsBetterThanNothing) {
  waiting.questions = waiting.of_one_client = 1;
  ask_through("a.test", dns::A, address("a.test", 10));
  ask_through("b.test", dns::A, missing("b.test", dns::A, 10));
  later(20s);
  EXPECT_FALSE(of("10.0.0.1", "other.test").came());
  for (const auto* client : {"10.0.0.1", "10.0.0.2"}) {
    const auto stale = of(client, "a.test");
    ASSERT_TRUE(stale.came());
    EXPECT_EQ(stale.answers(), std::vector<std::string>{"198.51.100.1"});
    EXPECT_EQ(stale.ttl(), 30u);
    EXPECT_EQ(stale.ede(), 3u);
  }
  EXPECT_EQ(of("10.0.0.2", "b.test").ede(), 19u);
  EXPECT_EQ(upstream.asked.size(), 1u);
}

TEST_F(Overload, Rfc6891_6_1_2_OptionsOfOneThatWaitsAreNotKept) {
  auto shape = edns();
  shape.dnssec_ok = true, shape.udp_size = 600;
  auto packet = test::query("A.test", dns::A, shape);
  packet[packet.size() - 2] = 0x0f, packet[packet.size() - 1] = 0xa0;
  test::put16(packet, 65001), test::put16(packet, 3996);
  packet.resize(packet.size() + 3996);
  EXPECT_FALSE(ask(packet, Transport::tcp).came());
  upstream.answer(address("a.test"));
  ASSERT_TRUE(last().came());
  EXPECT_EQ(last().rcode(), 0u);
  EXPECT_EQ(last().bytes[13], 'A') << "the question as it came";
  const auto& bytes = last().bytes;
  EXPECT_EQ(test::Bytes(bytes.end() - 11, bytes.end()), (test::Bytes{0, 0, 41, 4, 0xd0, 0, 0, 0x80, 0, 0, 0}));
}

}  // namespace
}  // namespace sinkfeed
