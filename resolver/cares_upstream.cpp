#include "resolver/cares_upstream.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kChannelsPerServer = 4;
constexpr std::size_t kQuestionsPerPort = 4;
// Channels that wait for answers from their last port. With so many, ports are used for longer: c-ares takes 75 KiB for
// each channel.
constexpr std::size_t kMaxResting = 64;
constexpr auto kTick = std::chrono::milliseconds(50);
constexpr auto kPlainFor = std::chrono::hours(1);

// The letters' case is random (draft-vixie-dnsext-dns0x20): whoever forges an answer must guess it too.
std::string write_query(const UpstreamQuestion& question, std::uint16_t id, bool edns, bool mixed_case,
                        RandomBytes& random) {
  std::string message(dns::kHeaderSize, '\0');
  auto* header = reinterpret_cast<std::uint8_t*>(message.data());
  dns::write16(header, id);
  dns::write16(header + 2, static_cast<std::uint16_t>(dns::kRd | (question.checking_disabled ? dns::kCd : 0) |
                                                      (question.authentic_data ? dns::kAd : 0)));
  dns::write16(header + 4, 1);
  dns::write16(header + 10, edns ? 1 : 0);
  message += question.name;
  if (mixed_case) {
    std::uint16_t bits = 0;
    for (std::size_t i = dns::kHeaderSize; i < message.size(); i++) {
      if ((i - dns::kHeaderSize) % 16 == 0) bits = random.next16();
      if (message[i] >= 'a' && message[i] <= 'z' && (bits & 1)) message[i] = static_cast<char>(message[i] - 32);
      bits >>= 1;
    }
  }
  // QTYPE, QCLASS, then OPT: root, 41, 1232 bytes, no extended RCODE, version 0, DO, no options.
  std::uint8_t rest[15] = {};
  dns::write16(rest, question.type);
  dns::write16(rest + 2, question.klass);
  dns::write16(rest + 5, dns::OPT);
  dns::write16(rest + 7, dns::kMaxUdpAnswer);
  rest[11] = question.dnssec_ok ? 0x80 : 0;
  message.append(reinterpret_cast<const char*>(rest), edns ? sizeof rest : 4);
  return message;
}

std::uint16_t rcode_of(std::span<const std::uint8_t> message) {
  return dns::read16(message.data() + 2) & dns::kRcodeMask;
}

}  // namespace

struct CaresUpstream::Attempt {
  UpstreamQuestion question;
  std::vector<std::size_t> order;  // servers to ask
  std::size_t next = 0;
  std::size_t outstanding = 0;  // tries on their way
  std::size_t asked_last = 0;   // server
  SteadyTime asked_at{};
  bool late = false;  // the last one asked is late, and that has been counted
  Callback callback;
  std::string refusal;  // a SERVFAIL, REFUSED or NOTIMP that is passed on if nobody does better
  std::size_t refused_by = 0;
  UpstreamOutcome worst = UpstreamOutcome::timed_out;
};

// One question to one server.
struct CaresUpstream::Try {
  std::shared_ptr<Attempt> attempt;
  std::size_t server = 0;
  CaresChannel::Transport transport = CaresChannel::Transport::udp;
  bool edns = true, mixed_case = true;
  std::string sent;
  SteadyTime sent_at{};
};

Result<std::unique_ptr<CaresUpstream>> CaresUpstream::open(boost::asio::io_context& context,
                                                           std::vector<Endpoint> servers,
                                                           std::chrono::milliseconds timeout, const Clock& clock,
                                                           std::atomic<std::uint64_t>& strays) {
  std::unique_ptr<CaresUpstream> upstream(new CaresUpstream(context, std::move(servers), timeout, clock, strays));
  for (Server& server : upstream->servers_) {
    for (std::size_t i = 0; i < kChannelsPerServer; i++) {
      auto channel = CaresChannel::open(context, server.endpoint, timeout, CaresChannel::Transport::udp, strays);
      if (!channel) return channel.error();
      server.channels.push_back(std::move(*channel));
    }
  }
  return upstream;
}

CaresUpstream::CaresUpstream(boost::asio::io_context& context, std::vector<Endpoint> servers,
                             std::chrono::milliseconds timeout, const Clock& clock, std::atomic<std::uint64_t>& strays)
    : context_(context),
      timer_(context),
      endpoints_(std::move(servers)),
      health_(endpoints_.size(), timeout),
      timeout_(timeout),
      clock_(clock),
      strays_(strays) {
  for (const Endpoint& endpoint : endpoints_) {
    servers_.emplace_back();
    servers_.back().endpoint = endpoint;
  }
}

CaresUpstream::~CaresUpstream() { close(); }

void CaresUpstream::close() {
  closed_ = true;
  timer_.cancel();
  for (const auto& attempt : std::exchange(attempts_, {})) {
    if (attempt->callback) std::exchange(attempt->callback, nullptr)({UpstreamOutcome::cancelled, {}, {}});
  }
  for (Server& server : servers_) {
    server.channels.clear();
    server.resting.clear();
    server.tcp.reset();
  }
}

void CaresUpstream::ask(const UpstreamQuestion& question, std::optional<std::size_t> only, Callback callback) {
  auto attempt = std::make_shared<Attempt>();
  attempt->question = question;
  attempt->callback = std::move(callback);
  attempts_.insert(attempt);
  if (only) {
    attempt->order = {*only, *only};
    return ask_next(attempt);
  }
  auto choice = health_.choose(clock_.steady(), random_.next16());
  attempt->order = std::move(choice.order);
  ask_next(attempt);
  if (choice.beside) ask_server(attempt, *choice.beside);
}

CaresChannel* CaresUpstream::choose_channel(Server& server) {
  auto& chosen = server.channels[random_.next16() % server.channels.size()];
  if (chosen->sent() < kQuestionsPerPort) return chosen.get();
  std::unique_ptr<CaresChannel> next;
  if (!server.resting.empty() && !server.resting.front()->sent()) {
    next = std::move(server.resting.front());
    server.resting.pop_front();
  } else if (server.resting.size() < kMaxResting) {
    auto fresh = CaresChannel::open(context_, server.endpoint, timeout_, CaresChannel::Transport::udp, strays_);
    if (fresh) next = std::move(*fresh);
  }
  if (next) server.resting.push_back(std::exchange(chosen, std::move(next)));
  return chosen.get();
}

CaresChannel* CaresUpstream::tcp_channel(Server& server) {
  if (!server.tcp) {
    auto opened = CaresChannel::open(context_, server.endpoint, timeout_, CaresChannel::Transport::tcp, strays_);
    if (!opened) return nullptr;
    server.tcp = std::move(*opened);
  }
  return server.tcp.get();
}

void CaresUpstream::ask_next(const std::shared_ptr<Attempt>& attempt) {
  const std::size_t server = attempt->order[attempt->next++];
  attempt->asked_last = server;
  attempt->asked_at = clock_.steady();
  attempt->late = false;
  ask_server(attempt, server);
}

void CaresUpstream::ask_server(const std::shared_ptr<Attempt>& attempt, std::size_t server) {
  post(attempt, server, CaresChannel::Transport::udp, servers_[server].plain_until <= clock_.steady());
}

void CaresUpstream::post(const std::shared_ptr<Attempt>& attempt, std::size_t server, CaresChannel::Transport transport,
                         bool edns) {
  attempt->outstanding++;
  auto one = std::make_shared<Try>(Try{attempt, server, transport, edns, servers_[server].keeps_case, {}, {}});
  // Posted, so that c-ares is never entered from one of its own callbacks and ours never runs inside ask().
  boost::asio::post(context_, [this, one = std::move(one)] { send(one); });
}

void CaresUpstream::send(const std::shared_ptr<Try>& one) {
  if (!one->attempt->callback) return;
  if (closed_) return conclude(one->attempt, {UpstreamOutcome::cancelled, {}, {}});
  Server& server = servers_[one->server];
  CaresChannel* channel = one->transport == CaresChannel::Transport::udp ? choose_channel(server) : tcp_channel(server);
  if (!channel) return finished(*one, ARES_ECONNREFUSED, {});
  one->sent = write_query(one->attempt->question, random_.next16(), one->edns, one->mixed_case, random_);
  one->sent_at = clock_.steady();
  channel->send({reinterpret_cast<const std::uint8_t*>(one->sent.data()), one->sent.size()},
                [this, one](int status, std::span<const std::uint8_t> message) { finished(*one, status, message); });
  arm();
}

void CaresUpstream::finished(const Try& one, int status, std::span<const std::uint8_t> message) {
  const auto& attempt = one.attempt;
  attempt->outstanding--;
  if (status == ARES_EDESTRUCTION || closed_) {
    if (attempt->callback) conclude(attempt, {UpstreamOutcome::cancelled, {}, {}});
    return;
  }
  const Server& server = servers_[one.server];
  const bool answered = status == ARES_SUCCESS && message.size() >= dns::kHeaderSize;
  const SteadyTime now = clock_.steady();
  if (answered) {
    health_.answered(one.server, std::chrono::duration_cast<std::chrono::microseconds>(now - one.sent_at));
  } else if (status != CaresChannel::kForged && !(attempt->late && attempt->asked_last == one.server)) {
    health_.failed(one.server, now);
  }
  if (!attempt->callback) return;  // another was faster
  if (status == CaresChannel::kForged) return post(attempt, one.server, CaresChannel::Transport::tcp, one.edns);
  if (!answered) {
    attempt->worst = status == ARES_ETIMEOUT ? UpstreamOutcome::timed_out : UpstreamOutcome::unreachable;
    return failed(attempt, server.endpoint);
  }
  if (asked_again(one, message)) return;
  const std::uint16_t rcode = rcode_of(message);
  if (rcode != dns::SERVFAIL && rcode != dns::REFUSED && rcode != dns::NOTIMP)
    return conclude(attempt, {UpstreamOutcome::answered, message, server.endpoint});
  attempt->refusal.assign(reinterpret_cast<const char*>(message.data()), message.size());
  attempt->refused_by = one.server;
  failed(attempt, server.endpoint);
}

bool CaresUpstream::asked_again(const Try& one, std::span<const std::uint8_t> message) {
  Server& server = servers_[one.server];
  using Transport = CaresChannel::Transport;
  const std::size_t name = one.attempt->question.name.size();
  // c-ares has compared the question without case.
  const bool same_case = message.size() >= dns::kHeaderSize + name &&
                         std::equal(one.sent.begin() + dns::kHeaderSize,
                                    one.sent.begin() + static_cast<std::ptrdiff_t>(dns::kHeaderSize + name),
                                    message.begin() + dns::kHeaderSize,
                                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
  if (one.mixed_case && !same_case && message.size() >= dns::kHeaderSize + name) {
    if (one.transport == Transport::udp) {
      // Forged, or by a server that does not keep case: over TCP nobody forges.
      post(one.attempt, one.server, Transport::tcp, one.edns);
      return true;
    }
    server.keeps_case = false;
  }
  if (one.edns && rcode_of(message) == dns::FORMERR) {
    // From before EDNS (RFC 6891 7): asked without, and for a while at once without.
    server.plain_until = clock_.steady() + kPlainFor;
    post(one.attempt, one.server, one.transport, false);
    return true;
  }
  return false;
}

// One try came to nothing: on to the next server, or the end if nobody is left who could still answer.
void CaresUpstream::failed(const std::shared_ptr<Attempt>& attempt, const Endpoint& server) {
  // The repetition at the end of the order is for what was lost, not for who has said no.
  const bool only_repetition = attempt->next + 1 == attempt->order.size();
  if (attempt->next < attempt->order.size() && !(only_repetition && !attempt->refusal.empty()))
    return ask_next(attempt);
  if (attempt->outstanding) return;
  if (attempt->refusal.empty()) return conclude(attempt, {attempt->worst, {}, server});
  const std::string refusal = attempt->refusal;
  conclude(attempt, {UpstreamOutcome::answered,
                     {reinterpret_cast<const std::uint8_t*>(refusal.data()), refusal.size()},
                     servers_[attempt->refused_by].endpoint});
}

void CaresUpstream::conclude(const std::shared_ptr<Attempt>& attempt, const UpstreamAnswer& answer) {
  attempts_.erase(attempt);
  if (const auto callback = std::exchange(attempt->callback, nullptr)) callback(answer);
}

void CaresUpstream::ask_beside_the_late() {
  const SteadyTime now = clock_.steady();
  std::vector<std::shared_ptr<Attempt>> late;
  for (const auto& attempt : attempts_) {
    if (!attempt->late && attempt->outstanding && now - attempt->asked_at > health_.patience(attempt->asked_last))
      late.push_back(attempt);
  }
  for (const auto& attempt : late) {
    attempt->late = true;
    health_.failed(attempt->asked_last, now);
    if (attempt->next < attempt->order.size()) ask_next(attempt);
  }
}

void CaresUpstream::arm() {
  if (armed_ || closed_) return;
  armed_ = true;
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    armed_ = false;
    bool waiting = false;
    const auto tick = [&](const std::unique_ptr<CaresChannel>& channel) {
      if (!channel || !channel->outstanding()) return;
      channel->tick();
      waiting = true;
    };
    for (Server& server : servers_) {
      for (auto& channel : server.channels) tick(channel);
      for (auto& channel : server.resting) tick(channel);
      tick(server.tcp);
    }
    ask_beside_the_late();
    if (waiting) arm();
  });
}

}  // namespace sinkfeed
