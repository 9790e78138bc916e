#include "resolver/server_health.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace sinkfeed {

namespace {

using std::chrono::microseconds;
using namespace std::chrono_literals;

constexpr int kMostDoublings = 5;
constexpr int kRefusalsToDemote = 4;
constexpr auto kAvoidFirst = 1s, kProbation = 1s;
constexpr microseconds kLeastPatience = 200ms, kUnknownPatience = 400ms;
// One question in so many goes to another healthy server too.
constexpr std::uint16_t kProbeEvery = 20;

}  // namespace

ServerHealth::ServerHealth(std::size_t servers, std::chrono::milliseconds timeout)
    : servers_(servers), timeout_(timeout) {}

void ServerHealth::choose(SteadyTime now, std::uint16_t dice, Choice& choice) {
  choice.beside.reset();
  auto& order = choice.order;
  order.resize(servers_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto rank = [&](std::size_t i) {
    const Server& s = servers_[i];
    const int trouble = is_avoided(i, now) ? 3 : is_on_probation(i) ? 2 : s.refusals >= kRefusalsToDemote ? 1 : 0;
    return std::tuple{trouble, s.took, i};
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  const auto healthy = static_cast<std::size_t>(
      std::count_if(order.begin(), order.end(), [&](std::size_t i) { return !is_on_probation(i); }));
  const auto returning = std::find_if(order.begin() + 1, order.end(),
                                      [&](std::size_t i) { return is_on_probation(i) && !is_avoided(i, now); });
  if (returning != order.end()) {
    choice.beside = *returning;
    servers_[*returning].avoid_until = now + kProbation;
  } else if (healthy > 1 && (dice % kProbeEvery == 0 || !servers_[order[0]].measured())) {
    choice.beside = order[1 + dice / kProbeEvery % (healthy - 1)];
  }
  order.push_back(order.front());
}

bool ServerHealth::is_down() const {
  return std::all_of(servers_.begin(), servers_.end(),
                     [](const Server& server) { return server.failures >= kFailuresToAvoid; });
}

microseconds ServerHealth::patience(std::size_t server) const {
  const microseconds took = servers_[server].took;
  const microseconds wanted = servers_[server].measured() ? 4 * took : kUnknownPatience;
  return std::clamp(wanted, std::min(kLeastPatience, timeout_ / 2), timeout_ / 2);
}

void ServerHealth::answered(std::size_t server, microseconds took, bool refused) {
  Server& s = servers_[server];
  s.refusals = refused ? s.refusals + 1 : 0;
  s.failures = 0;
  s.avoid_until = {};
  s.took = s.measured() ? (7 * s.took + took) / 8 : took;
}

void ServerHealth::failed(std::size_t server, SteadyTime now) {
  Server& s = servers_[server];
  // Many questions that were on their way together are one failure, not many.
  if (s.avoid_until > now) return;
  if (++s.failures < kFailuresToAvoid) return;
  s.avoid_until = now + kAvoidFirst * (1 << std::min(s.failures - kFailuresToAvoid, kMostDoublings));
}

}  // namespace sinkfeed
