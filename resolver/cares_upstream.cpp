#include "resolver/cares_upstream.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <numeric>

#include "resolver/wire.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kChannelsPerServer = 4;
constexpr std::size_t kQuestionsPerChannel = 200;
constexpr auto kTick = std::chrono::milliseconds(50);
// A server that timed out twice in a row is asked last for a while; each further time doubles it.
constexpr int kFailuresToAvoid = 2;
constexpr auto kAvoidFirst = std::chrono::seconds(2);
constexpr int kAvoidDoublings = 4;

std::string write_query(const UpstreamQuestion& question, std::uint16_t id) {
  std::string message(dns::kHeaderSize, '\0');
  auto* header = reinterpret_cast<std::uint8_t*>(message.data());
  dns::write16(header, id);
  dns::write16(header + 2, static_cast<std::uint16_t>(dns::kRd | (question.checking_disabled ? dns::kCd : 0) |
                                                      (question.authentic_data ? dns::kAd : 0)));
  dns::write16(header + 4, 1);
  dns::write16(header + 10, 1);
  message += question.name;
  // QTYPE, QCLASS, then OPT: root, 41, 1232 bytes, no extended RCODE, version 0, DO, no options.
  std::uint8_t rest[15] = {};
  dns::write16(rest, question.type);
  dns::write16(rest + 2, question.klass);
  dns::write16(rest + 5, dns::OPT);
  dns::write16(rest + 7, dns::kMaxUdpAnswer);
  rest[11] = question.dnssec_ok ? 0x80 : 0;
  message.append(reinterpret_cast<const char*>(rest), sizeof rest);
  return message;
}

}  // namespace

struct CaresUpstream::Attempt {
  UpstreamQuestion question;
  std::vector<std::size_t> order;  // servers to ask
  std::size_t next = 0;
  Callback callback;
  std::string refusal;  // a SERVFAIL, REFUSED or NOTIMP that is passed on if nobody does better
  std::size_t refused_by = 0;
  UpstreamOutcome worst = UpstreamOutcome::timed_out;
};

Result<std::unique_ptr<CaresUpstream>> CaresUpstream::open(boost::asio::io_context& context,
                                                           std::vector<Endpoint> servers,
                                                           std::chrono::milliseconds timeout, const Clock& clock) {
  std::unique_ptr<CaresUpstream> upstream(new CaresUpstream(context, std::move(servers), timeout, clock));
  for (Server& server : upstream->servers_) {
    for (std::size_t i = 0; i < kChannelsPerServer; i++) {
      auto channel = CaresChannel::open(context, server.endpoint, timeout);
      if (!channel) return channel.error();
      server.channels.push_back(std::move(*channel));
    }
  }
  return upstream;
}

CaresUpstream::CaresUpstream(boost::asio::io_context& context, std::vector<Endpoint> servers,
                             std::chrono::milliseconds timeout, const Clock& clock)
    : context_(context), timer_(context), endpoints_(std::move(servers)), timeout_(timeout), clock_(clock) {
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
    server.retiring.clear();
  }
}

void CaresUpstream::ask(const UpstreamQuestion& question, std::optional<std::size_t> only, Callback callback) {
  auto attempt = std::make_shared<Attempt>();
  attempt->question = question;
  attempt->callback = std::move(callback);
  if (only) {
    attempt->order = {*only};
  } else {
    attempt->order.resize(servers_.size());
    std::iota(attempt->order.begin(), attempt->order.end(), std::size_t{0});
    const SteadyTime now = clock_.steady();
    std::stable_partition(attempt->order.begin(), attempt->order.end(),
                          [&](std::size_t i) { return servers_[i].avoid_until <= now; });
  }
  attempts_.insert(attempt);
  try_next(attempt);
}

CaresChannel* CaresUpstream::choose_channel(Server& server) {
  auto& chosen = server.channels[random_.next16() % server.channels.size()];
  if (chosen->sent() >= kQuestionsPerChannel) {
    auto fresh = CaresChannel::open(context_, server.endpoint, timeout_);
    if (fresh) {
      server.retiring.push_back(std::exchange(chosen, std::move(*fresh)));
    }
  }
  return chosen.get();
}

void CaresUpstream::try_next(const std::shared_ptr<Attempt>& attempt) {
  // Posted, so that c-ares is never entered from one of its own callbacks and ours never runs inside ask().
  boost::asio::post(context_, [this, attempt] {
    if (!attempt->callback) return;
    if (closed_) return finished(attempt, 0, ARES_EDESTRUCTION, {});
    const std::size_t server = attempt->order[attempt->next++];
    const std::string query = write_query(attempt->question, random_.next16());
    choose_channel(servers_[server])
        ->send({reinterpret_cast<const std::uint8_t*>(query.data()), query.size()},
               [this, attempt, server](int status, std::span<const std::uint8_t> message) {
                 finished(attempt, server, status, message);
               });
    arm();
  });
}

void CaresUpstream::finished(const std::shared_ptr<Attempt>& attempt, std::size_t index, int status,
                             std::span<const std::uint8_t> message) {
  if (!attempt->callback) return;  // closed meanwhile
  if (status == ARES_EDESTRUCTION || closed_) {
    attempts_.erase(attempt);
    return std::exchange(attempt->callback, nullptr)({UpstreamOutcome::cancelled, {}, {}});
  }
  Server& server = servers_[index];
  const bool answered = status == ARES_SUCCESS && message.size() >= dns::kHeaderSize;
  if (answered) {
    server.failures = 0;
    server.avoid_until = {};
    const std::uint16_t rcode = dns::read16(message.data() + 2) & dns::kRcodeMask;
    const bool refusal = rcode == dns::SERVFAIL || rcode == dns::REFUSED || rcode == dns::NOTIMP;
    if (!refusal || attempt->next == attempt->order.size()) {
      attempts_.erase(attempt);
      return std::exchange(attempt->callback, nullptr)({UpstreamOutcome::answered, message, server.endpoint});
    }
    attempt->refusal.assign(reinterpret_cast<const char*>(message.data()), message.size());
    attempt->refused_by = index;
  } else {
    attempt->worst = status == ARES_ETIMEOUT ? UpstreamOutcome::timed_out : UpstreamOutcome::unreachable;
    if (++server.failures >= kFailuresToAvoid)
      server.avoid_until =
          clock_.steady() + kAvoidFirst * (1 << std::min(server.failures - kFailuresToAvoid, kAvoidDoublings));
  }
  if (attempt->next < attempt->order.size()) return try_next(attempt);
  attempts_.erase(attempt);
  const auto callback = std::exchange(attempt->callback, nullptr);
  if (attempt->refusal.empty()) return callback({attempt->worst, {}, server.endpoint});
  callback({UpstreamOutcome::answered,
            {reinterpret_cast<const std::uint8_t*>(attempt->refusal.data()), attempt->refusal.size()},
            servers_[attempt->refused_by].endpoint});
}

void CaresUpstream::arm() {
  if (armed_ || closed_) return;
  armed_ = true;
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error || closed_) return;
    armed_ = false;
    bool waiting = false;
    for (Server& server : servers_) {
      for (auto* group : {&server.channels, &server.retiring}) {
        for (auto& channel : *group) {
          if (!channel->outstanding()) continue;
          channel->tick();
          waiting = true;
        }
      }
      std::erase_if(server.retiring, [](const auto& channel) { return !channel->outstanding(); });
    }
    if (waiting) arm();
  });
}

}  // namespace sinkfeed
