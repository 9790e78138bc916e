// The way to upstream and back: RFC 5452 against forgers, and what servers do wrong.
#include "resolver/plain_upstream.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "resolver/wire.hpp"
#include "tests/resolver/fake_server.hpp"

namespace sinkfeed {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::FakeServer;
using Question = FakeServer::Question;

struct Outcome {
  UpstreamOutcome outcome = UpstreamOutcome::cancelled;
  Bytes message;
  Endpoint server;
  std::chrono::milliseconds took{};
  unsigned rcode() const { return message.size() < 12 ? 99 : message[3] & 15u; }
};

class PlainUpstreams : public testing::Test {
 protected:
  PlainUpstream& to(std::vector<Endpoint> servers, std::chrono::milliseconds timeout = 1s) {
    upstream_ = PlainUpstream::open(context_, std::move(servers), timeout, clock_, strays_, states_).value();
    return *upstream_;
  }
  // Asks so many names at once and waits for all.
  std::vector<Outcome> ask(int count = 1, std::string_view prefix = "abcdefghijklmnop", std::uint16_t type = dns::A) {
    std::vector<Outcome> outcomes(static_cast<std::size_t>(count));
    int open = count;
    const SteadyTime start = clock_.steady();
    for (int i = 0; i < count; i++) {
      const UpstreamQuestion question{test::wire(std::string(prefix) + std::to_string(i) + ".example.test"), type};
      upstream_->ask(question, std::nullopt, [&, i](const UpstreamAnswer& answer) {
        outcomes[static_cast<std::size_t>(i)] = {
            answer.outcome, Bytes(answer.message.begin(), answer.message.end()), answer.server,
            std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady() - start)};
        open--;
      });
    }
    context_.restart();
    while (open && clock_.steady() - start < 20s) context_.run_one_for(100ms);
    EXPECT_EQ(open, 0) << "not all were answered";
    return outcomes;
  }

  SystemClock clock_;
  std::atomic<std::uint64_t> strays_{0};
  UpstreamStates states_;
  boost::asio::io_context context_;
  std::unique_ptr<PlainUpstream> upstream_;
};

std::vector<Bytes> right(const Question& question) { return {question.answer()}; }

// The answer with the question's name in lower case.
Bytes lowered(const Question& question, Bytes answer) {
  for (std::size_t i = 12; i < 12 + question.name_size(); i++)
    answer[i] = static_cast<std::uint8_t>(std::tolower(answer[i]));
  return answer;
}

TEST_F(PlainUpstreams, Rfc5452_9_2_PortsAndIdsAreUnpredictable) {
  FakeServer server(right);
  to({server.endpoint()});
  for (int round = 0; round < 10; round++) ask(100, "r" + std::to_string(round) + "x");
  EXPECT_GE(server.source_ports().size(), 200u) << "1,000 questions, 4 a port";
  for (int round = 0; round < 90; round++) ask(100, "s" + std::to_string(round) + "x");
  EXPECT_GE(server.ids().size(), 8500u) << "10,000 of 65,536 without pattern leave about 9,270";
}

TEST_F(PlainUpstreams, Draft0x20_TheCaseOfTheQuestionIsRandom) {
  FakeServer server(right);
  to({server.endpoint()});
  for (int i = 0; i < 20; i++) ask(1, "thesamename");
  EXPECT_GE(server.names().size(), 19u);
}

TEST_F(PlainUpstreams, Draft0x20_AnAnswerInTheWrongCaseIsAskedForAgainOverTcp) {
  FakeServer server([](const Question& question) {
    const Bytes forged = lowered(question, question.answer(0x8180, "203.0.113.66"));
    return std::vector<Bytes>{question.tcp ? question.answer() : forged};
  });
  to({server.endpoint()});
  const auto outcome = ask()[0];
  ASSERT_EQ(outcome.outcome, UpstreamOutcome::answered);
  EXPECT_EQ(outcome.message.back(), 1) << "the answer that came over TCP";
  EXPECT_EQ(server.tcp_questions(), 1u);
  ask();
  EXPECT_EQ(server.tcp_questions(), 2u) << "it keeps case, so a wrong one stays suspicious";
}

TEST_F(PlainUpstreams, Draft0x20_AServerThatLowersCaseIsThenAskedInLowerCase) {
  FakeServer server([](const Question& question) { return std::vector<Bytes>{lowered(question, question.answer())}; });
  to({server.endpoint()});
  EXPECT_EQ(ask()[0].outcome, UpstreamOutcome::answered);
  for (const auto& outcome : ask(20)) EXPECT_EQ(outcome.outcome, UpstreamOutcome::answered);
  EXPECT_LE(server.tcp_questions(), 1u);
}

TEST_F(PlainUpstreams, Draft0x20_AServerThatLowersCaseAndHasNoTcpIsAskedInLowerCaseToo) {
  FakeServer server([](const Question& question) { return std::vector<Bytes>{lowered(question, question.answer())}; });
  server.refuse_tcp();
  to({server.endpoint()});
  EXPECT_EQ(ask()[0].outcome, UpstreamOutcome::answered);
  const std::size_t before = server.udp_questions();
  for (const auto& outcome : ask(20)) EXPECT_EQ(outcome.outcome, UpstreamOutcome::answered);
  EXPECT_EQ(server.udp_questions(), before + 20) << "each once";
}

TEST_F(PlainUpstreams, Rfc7871_7_1_NoClientSubnetIsSent) {
  FakeServer server(right);
  to({server.endpoint()});
  ask();
  const Bytes sent = server.last_packet();
  ASSERT_GE(sent.size(), 11u);
  EXPECT_EQ(Bytes(sent.end() - 11, sent.end()), (Bytes{0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0}))
      << "an OPT without options";
}

TEST_F(PlainUpstreams, Rfc7871_7_1_AServerThatRefusesClientSubnetsIsStillAskedWithEdns) {
  // FORMERR to anything longer than an OPT without options.
  FakeServer server([](const Question& q) {
    return std::vector<Bytes>{q.answer(q.edns() && q.packet.size() > 12 + q.name_size() + 4 + 11 ? 0x8181 : 0x8180)};
  });
  to({server.endpoint()});
  bool answered = false;
  UpstreamQuestion question{test::wire("a.example.test"), dns::A};
  question.client_subnet = Network::parse("198.51.100.0/24").value();
  upstream_->ask(question, 0, [&](const UpstreamAnswer& answer) {
    answered = answer.outcome == UpstreamOutcome::answered && (answer.message[3] & 15) == 0;
  });
  while (upstream_->outstanding()) context_.run_one_for(100ms);
  EXPECT_TRUE(answered) << "asked again without EDNS";
  ask();
  EXPECT_EQ(server.last_packet()[11], 1) << "an OPT";
}

TEST_F(PlainUpstreams, Rfc5452_9_1_AWrongIdOrQuestionIsNoAnswer) {
  FakeServer server([](const Question& question) {
    auto other_id = question.answer(0x8180, "203.0.113.66");
    other_id[1] ^= 1;
    auto other_name = question.answer(0x8180, "203.0.113.66");
    other_name[13] ^= 1;
    return std::vector<Bytes>{other_id, other_name, question.answer()};
  });
  to({server.endpoint()});
  for (const auto& outcome : ask(20)) {
    ASSERT_EQ(outcome.outcome, UpstreamOutcome::answered);
    EXPECT_EQ(outcome.message.back(), 1);
  }
  EXPECT_EQ(strays_.load(), 40u) << "counted, each of them";
}

TEST_F(PlainUpstreams, Rfc5452_9_1_AQuestionThatSomebodyAnswersWithOtherIdsIsAskedOverTcp) {
  FakeServer server([](const Question& question) {
    if (question.tcp) return std::vector<Bytes>{question.answer()};
    std::vector<Bytes> guesses;
    for (unsigned guess = 1; guess <= 50; guess++) {
      guesses.push_back(question.answer(0x8180, "203.0.113.66"));
      guesses.back()[1] ^= static_cast<std::uint8_t>(guess);
    }
    guesses.push_back(question.answer(0x8180, "203.0.113.66"));  // the last one is right, and too late
    return guesses;
  });
  to({server.endpoint()});
  const Outcome outcome = ask()[0];
  ASSERT_EQ(outcome.outcome, UpstreamOutcome::answered);
  EXPECT_EQ(outcome.message.back(), 1) << "over TCP";
  EXPECT_EQ(server.tcp_questions(), 1u);
  EXPECT_EQ(server.udp_questions(), 1u);
}

TEST_F(PlainUpstreams, Rfc7766_5_ATruncatedAnswerIsAskedForOverTcp) {
  FakeServer server(
      [](const Question& question) { return std::vector<Bytes>{question.answer(question.tcp ? 0x8180 : 0x8380)}; });
  to({server.endpoint()});
  const auto outcome = ask()[0];
  ASSERT_EQ(outcome.outcome, UpstreamOutcome::answered);
  EXPECT_EQ(outcome.message[7], 1);
  EXPECT_EQ(server.tcp_questions(), 1u);
}

TEST_F(PlainUpstreams, Rfc6891_7_FormerrToEdnsIsAskedAgainWithoutAndRemembered) {
  FakeServer server(
      [](const Question& question) { return std::vector<Bytes>{question.answer(question.edns() ? 0x8181 : 0x8180)}; });
  to({server.endpoint()});
  EXPECT_EQ(ask()[0].rcode(), 0u);
  EXPECT_EQ(server.udp_questions(), 2u);
  EXPECT_EQ(ask()[0].rcode(), 0u);
  EXPECT_EQ(server.udp_questions(), 3u);
}

TEST_F(PlainUpstreams, RefusalsGoToTheNextServer) {
  FakeServer refusing([](const Question& question) { return std::vector<Bytes>{question.answer(0x8185)}; });
  FakeServer willing(right);
  to({refusing.endpoint(), willing.endpoint()});
  for (const auto& outcome : ask(10)) EXPECT_EQ(outcome.rcode(), 0u);
  to({refusing.endpoint(), refusing.endpoint()});
  EXPECT_EQ(ask()[0].rcode(), 5u) << "if all refuse, that is the answer";
}

TEST_F(PlainUpstreams, ADeadServerIsOutOfTheWayWithinASecond) {
  FakeServer silent([](const Question&) { return std::vector<Bytes>{}; });
  FakeServer willing(right);
  to({silent.endpoint(), willing.endpoint()}, 2s);
  for (int i = 0; i < 3; i++) {
    const auto outcome = ask()[0];
    EXPECT_EQ(outcome.outcome, UpstreamOutcome::answered);
    EXPECT_LT(outcome.took, 1s);
  }
  for (int i = 0; i < 100; i++) EXPECT_LT(ask()[0].took, 100ms) << "who is tried again is tried beside the other";
}

TEST_F(PlainUpstreams, WhatIsLostOnTheWayIsSentAgain) {
  int seen = 0;
  FakeServer lossy([&](const Question& question) {
    return seen++ % 2 ? std::vector<Bytes>{question.answer()} : std::vector<Bytes>{};
  });
  to({lossy.endpoint()}, 2s);
  const auto outcome = ask()[0];
  EXPECT_EQ(outcome.outcome, UpstreamOutcome::answered);
  EXPECT_LT(outcome.took, 1s);
}

TEST_F(PlainUpstreams, NobodyAnswersIsSaidInTime) {
  FakeServer silent([](const Question&) { return std::vector<Bytes>{}; });
  to({silent.endpoint()}, 500ms);
  const auto outcome = ask()[0];
  EXPECT_EQ(outcome.outcome, UpstreamOutcome::timed_out);
  EXPECT_LT(outcome.took, 1500ms);
}

TEST_F(PlainUpstreams, ARefusedConnectionIsUnreachable) {
  Endpoint nobody;
  {
    FakeServer gone(right);
    nobody = gone.endpoint();
  }
  to({nobody}, 500ms);
  EXPECT_EQ(ask()[0].outcome, UpstreamOutcome::unreachable);
}

TEST_F(PlainUpstreams, AnAnswerThatComesTwiceCountsOnce) {
  FakeServer twice([](const Question& question) { return std::vector<Bytes>{question.answer(), question.answer()}; });
  to({twice.endpoint()});
  for (const auto& outcome : ask(100)) EXPECT_EQ(outcome.outcome, UpstreamOutcome::answered);
}

TEST_F(PlainUpstreams, TruncatedForEverEndsToo) {
  FakeServer liar([](const Question& question) { return std::vector<Bytes>{question.answer(0x8380)}; });
  to({liar.endpoint()}, 500ms);
  ask();
}

// What a server says of EDNS is believed when it does answer without.
TEST_F(PlainUpstreams, Rfc6891_7_FormerrToTheQuestionItselfSaysNothingOfEdns) {
  std::atomic<bool> edns_came = false;
  FakeServer strict([&](const Question& question) -> std::vector<Bytes> {
    edns_came = question.edns();
    return {question.answer(question.type() == 128 ? 0x8181 : 0x8180)};
  });
  to({strict.endpoint()});
  EXPECT_EQ(ask(1, "odd", 128)[0].rcode(), 1u);
  EXPECT_FALSE(edns_came) << "it was tried without";
  ask();
  EXPECT_TRUE(edns_came);
}

TEST_F(PlainUpstreams, Rfc6891_7_FormerrWithNothingButAHeaderIsUnderstood) {
  FakeServer old([](const Question& question) -> std::vector<Bytes> {
    if (!question.edns()) return {question.answer()};
    Bytes header(question.packet.begin(), question.packet.begin() + 12);
    header[2] = 0x81, header[3] = 0x81, header[5] = header[11] = 0;
    return {header};
  });
  to({old.endpoint()});
  EXPECT_EQ(ask()[0].rcode(), 0u);
}

TEST_F(PlainUpstreams, Rfc6891_6_1_3_BadversIsNoAnswer) {
  const auto badvers = [](const Question& question) {
    Bytes message = question.answer(0x8180);
    message.resize(12 + question.name_size() + 4);
    message[7] = 0, message[11] = 1;
    const Bytes opt{0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0};
    message.insert(message.end(), opt.begin(), opt.end());
    return message;
  };
  FakeServer other([&](const Question& question) -> std::vector<Bytes> {
    return {question.edns() ? badvers(question) : question.answer()};
  });
  to({other.endpoint()});
  const auto outcome = ask()[0];
  EXPECT_EQ(outcome.rcode(), 0u);
  EXPECT_EQ(outcome.message[7], 1) << "asked without EDNS, it has answered";
}

TEST_F(PlainUpstreams, FlagDay2020_AnAnswerOf1200BytesComesOverUdp) {
  FakeServer server([](const Question& question) -> std::vector<Bytes> {
    Bytes message = question.answer();
    message.resize(1200);
    return {message};
  });
  to({server.endpoint()});
  EXPECT_EQ(ask()[0].message.size(), 1200u);
  EXPECT_EQ(server.tcp_questions(), 0u);
}

TEST_F(PlainUpstreams, Rfc7766_5_AnAnswerLargerThanWasAskedForIsAskedForOverTcp) {
  FakeServer server([](const Question& question) -> std::vector<Bytes> {
    Bytes message = question.answer();
    message.resize(question.tcp ? 1000 : 9000);
    return {message};
  });
  to({server.endpoint()});
  EXPECT_EQ(ask()[0].message.size(), 1000u);
  EXPECT_EQ(server.tcp_questions(), 1u);
}

TEST_F(PlainUpstreams, Rfc5452_9_1_AQuestionThatComesBackIsNoAnswer) {
  FakeServer mirror([](const Question& question) -> std::vector<Bytes> {
    return {question.packet, question.answer()};
  });
  to({mirror.endpoint()});
  EXPECT_EQ(ask()[0].message[2] & 0x80, 0x80);
}

TEST_F(PlainUpstreams, ServfailAndNotimpGoToTheNextServerToo) {
  for (const unsigned flags : {0x8182u, 0x8184u}) {
    FakeServer failing([&](const Question& question) -> std::vector<Bytes> { return {question.answer(flags)}; });
    FakeServer server(right);
    to({failing.endpoint(), server.endpoint()});
    EXPECT_EQ(ask()[0].rcode(), 0u);
  }
}

TEST_F(PlainUpstreams, AMeasuredServerThatDiesIsOutOfTheWayAndStaysThere) {
  std::atomic<bool> dead = false;
  FakeServer fast([&](const Question& question) { return dead ? std::vector<Bytes>{} : right(question); });
  FakeServer slow([](const Question& question) {
    std::this_thread::sleep_for(5ms);
    return right(question);
  });
  to({fast.endpoint(), slow.endpoint()});
  for (int i = 0; i < 30; i++) ask();
  dead = true;
  for (int i = 0; i < 3; i++) ask();
  // Its time of avoidance runs out meanwhile, and it is asked beside the other (ServerHealth's tests: never before).
  const std::size_t asked = fast.udp_questions();
  for (const SteadyTime end = clock_.steady() + 3s; clock_.steady() < end;)
    EXPECT_EQ(ask()[0].server.port, slow.endpoint().port);
  EXPECT_LE(fast.udp_questions() - asked, 6u);
  dead = false;
  bool is_back = false;
  for (const SteadyTime end = clock_.steady() + 20s; !is_back && clock_.steady() < end;)
    is_back = ask()[0].server.port == fast.endpoint().port;
  EXPECT_TRUE(is_back);
}

}  // namespace
}  // namespace sinkfeed
