#include "resolver/plain_upstream.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <optional>
#include <string>
#include <utility>

#include "resolver/upstream_query.hpp"

namespace sinkfeed {

namespace {

constexpr auto kTick = std::chrono::milliseconds(50);
constexpr auto kPlainFor = std::chrono::hours(1);

// Says nothing of the question: the next server may know better.
bool is_refusal(std::uint16_t rcode) {
  return rcode == dns::SERVFAIL || rcode == dns::REFUSED || rcode == dns::NOTIMP || rcode == dns::BADVERS;
}

}  // namespace

// One question, whoever it is put to.
struct PlainUpstream::Attempt {
  UpstreamQuestion question;
  ServerHealth::Choice choice;  // servers to ask
  std::size_t next = 0;
  std::size_t outstanding = 0;  // tries on their way
  std::size_t asked_last = 0;   // server
  SteadyTime asked_at{};
  bool late = false;    // the last one asked is late, and that has been counted
  Callback callback;    // none: it has had its answer
  std::string refusal;  // a SERVFAIL, REFUSED or NOTIMP that is passed on if nobody does better
  std::size_t refused_by = 0;
  UpstreamOutcome worst = UpstreamOutcome::timed_out;
};

// It put to one server.
struct PlainUpstream::Try : UdpExchange::Flight {
  Attempt* attempt = nullptr;
  std::size_t server = 0;
  How how = How::udp;
  bool edns = true, mixed_case = true;
  bool doubts_case = false;  // over TCP, because over UDP the answer came in the wrong case
  bool is_trial = false;     // of whether the server, which refused EDNS, does answer without
  SteadyTime sent_at{};
};

Result<std::unique_ptr<PlainUpstream>> PlainUpstream::open(boost::asio::io_context& context,
                                                           std::vector<Endpoint> servers,
                                                           std::chrono::milliseconds timeout, const Clock& clock,
                                                           std::atomic<std::uint64_t>& strays, UpstreamStates& states) {
  try {
    return std::unique_ptr<PlainUpstream>(
        new PlainUpstream(context, std::move(servers), timeout, clock, strays, states));
  } catch (const std::exception& error) {
    return Problem{error.what()};
  }
}

PlainUpstream::PlainUpstream(boost::asio::io_context& context, std::vector<Endpoint> servers,
                             std::chrono::milliseconds timeout, const Clock& clock, std::atomic<std::uint64_t>& strays,
                             UpstreamStates& states)
    : context_(context),
      timer_(context),
      endpoints_(std::move(servers)),
      health_(endpoints_.size(), timeout),
      timeout_(timeout),
      clock_(clock) {
  Owner& lander = *this;
  for (const Endpoint& endpoint : endpoints_) {
    Server& server = servers_.emplace_back();
    server.endpoint = endpoint;
    server.state = states.of(endpoint);
    server.udp = std::make_unique<UdpExchange>(context, endpoint, timeout, clock, strays, lander);
  }
}

PlainUpstream::~PlainUpstream() { close(); }

void PlainUpstream::close() {
  closed_ = true;
  timer_.cancel();
  for (Server& server : servers_) {
    server.udp->close();
    server.tcp.reset();
  }
  for (const auto& attempt : attempts_) {
    if (attempt->callback) conclude(*attempt, {UpstreamOutcome::cancelled, {}, {}});
  }
}

PlainUpstream::Attempt& PlainUpstream::take_attempt() {
  if (idle_attempts_.empty()) return *attempts_.emplace_back(std::make_unique<Attempt>());
  Attempt& attempt = *idle_attempts_.back();
  idle_attempts_.pop_back();
  attempt.next = 0;
  attempt.late = false;
  attempt.refusal.clear();
  attempt.worst = UpstreamOutcome::timed_out;
  return attempt;
}

void PlainUpstream::ask(const UpstreamQuestion& question, std::optional<std::size_t> only, Callback callback) {
  Attempt& attempt = take_attempt();
  attempt.question = question;
  attempt.callback = std::move(callback);
  outstanding_++;
  if (closed_) {
    boost::asio::post(context_, [this, &attempt, alive = std::weak_ptr(alive_)] {
      if (!alive.expired()) conclude(attempt, {UpstreamOutcome::cancelled, {}, {}});
    });
    return;
  }
  const SteadyTime now = clock_.steady();
  if (only) {
    attempt.choice.order.assign(2, *only);
    return ask_next(attempt, now);
  }
  health_.choose(now, random_.next16(), attempt.choice);
  ask_next(attempt, now);
  if (attempt.choice.beside) ask_server(attempt, *attempt.choice.beside, now);
}

void PlainUpstream::ask_next(Attempt& attempt, SteadyTime now) {
  const std::size_t server = attempt.choice.order[attempt.next++];
  attempt.asked_last = server;
  attempt.asked_at = now;
  attempt.late = false;
  ask_server(attempt, server, now);
}

void PlainUpstream::ask_server(Attempt& attempt, std::size_t server, SteadyTime now) {
  send(attempt, server, How::udp, servers_[server].plain_until <= now, now);
}

PlainUpstream::Try& PlainUpstream::send(Attempt& attempt, std::size_t server, How how, bool edns, SteadyTime now) {
  if (idle_tries_.empty()) idle_tries_.push_back(tries_.emplace_back(std::make_unique<Try>()).get());
  Try& one = *idle_tries_.back();
  idle_tries_.pop_back();
  attempt.outstanding++;
  one.attempt = &attempt;
  one.server = server;
  one.how = how;
  one.edns = edns;
  one.mixed_case = servers_[server].keeps_case;
  one.doubts_case = false;
  // That it takes no client subnets says nothing of what it makes of EDNS without.
  one.is_trial = !edns && servers_[server].plain_until <= now && !attempt.question.client_subnet;
  one.sent_at = now;
  write_query(attempt.question, edns, one.mixed_case, random_, one);
  arm();
  if (how == How::udp) {
    servers_[server].udp->send(one);
  } else {
    // Posted, so that c-ares is never entered from one of its own callbacks.
    boost::asio::post(context_, [this, &one, alive = std::weak_ptr(alive_)] {
      if (!alive.expired() && !closed_) send_over_tcp(one);
    });
  }
  return one;
}

void PlainUpstream::send_over_tcp(Try& one) {
  Server& server = servers_[one.server];
  if (!server.tcp) {
    auto opened = TcpChannel::open(context_, server.endpoint, timeout_);
    if (!opened) return finished(one, UpstreamOutcome::unreachable, {});
    server.tcp = std::move(*opened);
  }
  server.tcp->send(one.bytes(), [this, &one](int status, std::span<const std::uint8_t> answer) {
    if (closed_) return;
    const bool answered = status == ARES_SUCCESS && answer.size() >= dns::kHeaderSize;
    finished(one,
             answered                  ? UpstreamOutcome::answered
             : status == ARES_ETIMEOUT ? UpstreamOutcome::timed_out
                                       : UpstreamOutcome::unreachable,
             answer);
  });
}

void PlainUpstream::landed(UdpExchange::Flight& flight, UdpExchange::Outcome outcome,
                           std::span<const std::uint8_t> answer) {
  Try& one = static_cast<Try&>(flight);
  using Outcome = UdpExchange::Outcome;
  switch (outcome) {
    case Outcome::answered:
      return finished(one, UpstreamOutcome::answered, answer);
    case Outcome::timed_out:
      return finished(one, UpstreamOutcome::timed_out, {});
    case Outcome::unreachable:
      return finished(one, UpstreamOutcome::unreachable, {});
    case Outcome::forged:
    case Outcome::oversize:
      // Over TCP nobody guesses, and everything fits.
      if (one.attempt->callback) send(*one.attempt, one.server, How::tcp, one.edns, clock_.steady());
      one.attempt->outstanding--;
      idle_tries_.push_back(&one);
  }
}

// The end of a try, and of its attempt when that has its answer and nothing more on its way.
void PlainUpstream::finished(Try& one, UpstreamOutcome outcome, std::span<const std::uint8_t> answer) {
  Attempt& attempt = *one.attempt;
  attempt.outstanding--;
  const SteadyTime now = clock_.steady();
  if (one.doubts_case && attempt.callback && outcome != UpstreamOutcome::answered) {
    // It has no TCP to tell; servers that lower case and have none exist.
    servers_[one.server].keeps_case = false;
    ask_server(attempt, one.server, now);
    idle_tries_.push_back(&one);
    return;
  }
  if (outcome == UpstreamOutcome::answered) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - one.sent_at);
    health_.answered(one.server, took, is_refusal(rcode_of(answer)));
    servers_[one.server].state->answered(static_cast<std::uint32_t>(took.count()));
  } else if (!(attempt.late && attempt.asked_last == one.server)) {
    health_.failed(one.server, now);
    servers_[one.server].state->failed();
  }
  if (attempt.callback) {  // else another was faster
    if (outcome == UpstreamOutcome::answered) {
      judge_answer(one, answer);
    } else {
      attempt.worst = outcome;
      failed(attempt, servers_[one.server].endpoint);
    }
  }
  idle_tries_.push_back(&one);
  if (!attempt.callback && !attempt.outstanding) idle_attempts_.push_back(&attempt);
}

void PlainUpstream::judge_answer(const Try& one, std::span<const std::uint8_t> answer) {
  Attempt& attempt = *one.attempt;
  if (asked_again(one, answer)) return;
  const Server& server = servers_[one.server];
  // Over TCP there is no reason to be truncated: such a server is no help.
  const bool truncated = dns::read16(answer.data() + 2) & dns::kTc;
  if (!is_refusal(rcode_of(answer)) && !truncated)
    return conclude(attempt, {UpstreamOutcome::answered, answer, server.endpoint});
  if (!truncated) {
    attempt.refusal.assign(reinterpret_cast<const char*>(answer.data()), answer.size());
    attempt.refused_by = one.server;
  }
  failed(attempt, server.endpoint);
}

bool PlainUpstream::asked_again(const Try& one, std::span<const std::uint8_t> answer) {
  Server& server = servers_[one.server];
  if (one.mixed_case && !keeps_case(one.bytes(), answer)) {
    if (one.how == How::udp) {
      // Forged, or by a server that does not keep case: over TCP nobody forges.
      send(*one.attempt, one.server, How::tcp, one.edns, clock_.steady()).doubts_case = true;
      return true;
    }
    server.keeps_case = false;
  }
  if (one.how == How::udp && (dns::read16(answer.data() + 2) & dns::kTc)) {
    send(*one.attempt, one.server, How::tcp, one.edns, clock_.steady());
    return true;
  }
  // From before EDNS, or of another version (RFC 6891 6.1.3, 7): asked without, and if that helps, then for a while at
  // once without. One that refuses a question in any form has nothing against EDNS.
  const std::uint16_t rcode = rcode_of(answer);
  if (one.edns && ((rcode == dns::FORMERR && !has_opt(answer)) || rcode == dns::BADVERS)) {
    send(*one.attempt, one.server, one.how, false, clock_.steady());
    return true;
  }
  if (one.is_trial && rcode != dns::FORMERR && !is_refusal(rcode)) server.plain_until = clock_.steady() + kPlainFor;
  return false;
}

// One try came to nothing: on to the next server, or the end if nobody is left who could still answer.
void PlainUpstream::failed(Attempt& attempt, const Endpoint& server) {
  // The repetition at the end of the order is for what was lost, not for who has said no.
  const bool only_repetition = attempt.next + 1 == attempt.choice.order.size();
  if (attempt.next < attempt.choice.order.size() && !(only_repetition && !attempt.refusal.empty()))
    return ask_next(attempt, clock_.steady());
  if (attempt.outstanding) return;
  if (attempt.refusal.empty()) return conclude(attempt, {attempt.worst, {}, server});
  conclude(attempt, {UpstreamOutcome::answered,
                     {reinterpret_cast<const std::uint8_t*>(attempt.refusal.data()), attempt.refusal.size()},
                     servers_[attempt.refused_by].endpoint});
}

void PlainUpstream::conclude(Attempt& attempt, const UpstreamAnswer& answer) {
  outstanding_--;
  std::exchange(attempt.callback, nullptr)(answer);
}

void PlainUpstream::ask_beside_the_late() {
  const SteadyTime now = clock_.steady();
  // By number: asking may add to them.
  for (std::size_t i = 0; i < attempts_.size(); i++) {
    Attempt& attempt = *attempts_[i];
    if (!attempt.callback || attempt.late || !attempt.outstanding ||
        now - attempt.asked_at <= health_.patience(attempt.asked_last))
      continue;
    attempt.late = true;
    health_.failed(attempt.asked_last, now);
    servers_[attempt.asked_last].state->failed();
    if (attempt.next < attempt.choice.order.size()) ask_next(attempt, now);
  }
}

void PlainUpstream::arm() {
  if (armed_ || closed_) return;
  armed_ = true;
  timer_.expires_after(kTick);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const boost::system::error_code& error) {
    if (error || alive.expired() || closed_) return;
    armed_ = false;
    for (Server& server : servers_) {
      server.udp->tick();
      if (server.tcp && server.tcp->outstanding()) server.tcp->tick();
    }
    ask_beside_the_late();
    if (idle_tries_.size() < tries_.size()) arm();
  });
}

}  // namespace sinkfeed
