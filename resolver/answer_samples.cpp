#include "resolver/answer_samples.hpp"

#include <algorithm>

namespace sinkfeed {

namespace {

// A TTL is in whole seconds: what runs out within one second may be the same.
constexpr auto kSameMoment = std::chrono::seconds(1);
constexpr std::size_t kTimesEach = 32;

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdull;
  value ^= value >> 33;
  return value;
}

}  // namespace

bool AnswerSamples::is_repeated(std::uint64_t asked, std::span<const IpAddress> addresses, std::chrono::seconds ttl,
                                SteadyTime now) {
  std::uint64_t key = mixed(asked);
  // Whatever their order: servers turn it round.
  for (const IpAddress& address : addresses) key += mixed(std::hash<IpAddress>{}(address));
  const SteadyTime runs_out = now + ttl;
  const auto known = run_out_.find(key);
  if (known != run_out_.end() && std::chrono::abs(runs_out - known->second) < kSameMoment) return true;
  if (known == run_out_.end() && run_out_.size() >= std::min(run_out_limit_, most_)) {
    std::erase_if(run_out_, [&](const auto& entry) { return entry.second + kSameMoment < now; });
    if (run_out_.size() >= most_) run_out_.clear();
    run_out_limit_ = std::max(run_out_limit_, 2 * run_out_.size());
  }
  run_out_[key] = runs_out;
  return false;
}

bool AnswerSamples::add(std::uint64_t asked, std::span<const IpAddress> addresses, std::chrono::seconds ttl,
                        SteadyTime now) {
  if (addresses.empty() || is_repeated(asked, addresses, ttl, now)) return false;
  Pool& pool = addresses.front().is_v4() ? v4_ : v6_;
  std::uint32_t size = 0;
  for (const IpAddress& address : addresses) {
    auto known = pool.numbers.find(address);
    if (known == pool.numbers.end()) {
      if (pool.numbers.size() >= most_) continue;
      if (pool.free_numbers.empty()) {
        pool.free_numbers.push_back(static_cast<std::uint16_t>(pool.occurrences.size()));
        pool.occurrences.push_back(0);
        pool.addresses.emplace_back();
      }
      known = pool.numbers.emplace(address, pool.free_numbers.back()).first;
      pool.free_numbers.pop_back();
      pool.addresses[known->second] = address;
    }
    // An answer may hold an address twice.
    if (std::find(pool.shown.end() - size, pool.shown.end(), known->second) != pool.shown.end()) continue;
    pool.occurrences[known->second]++;
    pool.shown.push_back(known->second);
    size++;
  }
  if (!size) return false;
  pool.answers.push_back({now, size});
  pool.sizes[size]++;
  while (pool.answers.front().when + kWindow < now || pool.shown.size() > kTimesEach * (pool.numbers.size() + 1))
    forget_oldest(pool);
  return true;
}

void AnswerSamples::forget_oldest(Pool& pool) const {
  const std::uint32_t size = pool.answers.front().size;
  pool.answers.pop_front();
  if (const auto of_size = pool.sizes.find(size); !--of_size->second) pool.sizes.erase(of_size);
  for (std::uint32_t i = 0; i < size; i++) {
    const std::uint16_t number = pool.shown.front();
    pool.shown.pop_front();
    if (--pool.occurrences[number]) continue;
    pool.numbers.erase(pool.addresses[number]);
    pool.free_numbers.push_back(number);
  }
}

UnseenEstimate AnswerSamples::estimate() const {
  const auto of = [](const Pool& pool) {
    std::vector<std::uint32_t> occurrences;
    occurrences.reserve(pool.numbers.size());
    std::copy_if(pool.occurrences.begin(), pool.occurrences.end(), std::back_inserter(occurrences),
                 [](std::uint32_t n) { return n > 0; });
    return estimate_unseen({occurrences, pool.sizes});
  };
  return together(of(v4_), of(v6_));
}

}  // namespace sinkfeed
