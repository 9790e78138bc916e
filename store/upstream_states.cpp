#include "store/upstream_states.hpp"

namespace sinkfeed {

void UpstreamState::answered(std::uint32_t took_us) {
  answers.fetch_add(1, std::memory_order_relaxed);
  failures_in_a_row.store(0, std::memory_order_relaxed);
  const std::uint32_t before = latency_us.load(std::memory_order_relaxed);
  const std::uint32_t now = before == 0 ? took_us : before - before / 8 + took_us / 8;
  latency_us.store(now == 0 ? 1 : now, std::memory_order_relaxed);
}

void UpstreamState::failed() {
  failures.fetch_add(1, std::memory_order_relaxed);
  failures_in_a_row.fetch_add(1, std::memory_order_relaxed);
}

std::shared_ptr<UpstreamState> UpstreamStates::of(const Endpoint& server) {
  const std::lock_guard lock(mutex_);
  auto& state = states_[server];
  if (!state) state = std::make_shared<UpstreamState>();
  return state;
}

std::shared_ptr<const UpstreamState> UpstreamStates::find(const Endpoint& server) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(server);
  return found == states_.end() ? nullptr : found->second;
}

}  // namespace sinkfeed
