#include "resolver/sweep_schedule.hpp"

#include <algorithm>

namespace sinkfeed {

namespace {

// With this share of a target's addresses unseen, it is asked for as often as it may be.
constexpr double kMuchUnseen = 0.1;
constexpr std::uint8_t kMostVain = 4;

// A name that has never shown an address promises none.
bool wants_more(const SweptName& name) { return name.estimate.answers > 0 && !name.estimate.is_complete(); }

// 0: as often as the TTL says; 1: as often as may be.
double haste(const SweptName& name) {
  if (!wants_more(name)) return 0;
  if (!name.estimate.is_known) return 1;
  return std::min(1.0, name.estimate.unseen / name.estimate.total() / kMuchUnseen);
}

// New addresses that a question of the round may bring.
double gain_of(const SweptName& name, const SweptName::Round& round) {
  if (!wants_more(name)) return 0;
  const double unseen = name.estimate.is_known ? name.estimate.unseen : 1;
  return unseen / static_cast<double>(std::max<std::size_t>(round.questions, 1));
}

}  // namespace

bool SweepSchedule::add(SweptName name, SteadyTime now) {
  name.last_wanted = now;
  if (const auto known = names_.find(name.target.name); known != names_.end()) {
    known->second.last_wanted = now;
    return false;
  }
  if (names_.size() >= kMaxNames) return false;
  const DnsName key = name.target.name;
  names_.emplace(key, std::move(name));
  plain_.put(key, {now, now, 0});
  return true;
}

SweptName* SweepSchedule::take_due(SteadyTime now) {
  const auto key = plain_.take(now);
  if (!key) return nullptr;
  SweptName& name = names_.at(*key);
  name.plain.smallest_ttl.reset();
  name.plain.brought_samples = false;
  return &name;
}

SweptName* SweepSchedule::take_due_for_subnets(SteadyTime now) {
  never_next_ = !never_next_;
  auto key = (never_next_ ? never_subnets_ : subnets_).take(now);
  if (!key) key = (never_next_ ? subnets_ : never_subnets_).take(now);
  if (!key) return nullptr;
  SweptName& name = names_.at(*key);
  name.subnets.smallest_ttl.reset();
  name.subnets.brought_samples = false;
  return &name;
}

SweptName* SweepSchedule::find(const DnsName& name) {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

std::chrono::milliseconds SweepSchedule::next_interval(SweptName& name, SweptName::Round& round) {
  using std::chrono::milliseconds;
  if (round.is_early) {
    round.vain =
        round.brought_samples ? 0 : std::min<std::uint8_t>(static_cast<std::uint8_t>(round.vain + 1), kMostVain);
    round.patience = round.vain ? static_cast<std::uint8_t>((1 << round.vain) - 1) : 0;
  }
  const auto wanted = round.smallest_ttl ? std::chrono::seconds(*round.smallest_ttl) : settings_.min_interval;
  const milliseconds by_ttl = std::clamp(wanted, settings_.min_interval, settings_.max_interval);
  const double share = haste(name);
  round.is_early = share > 0 && round.smallest_ttl && by_ttl > settings_.min_interval && !round.patience;
  if (round.patience) round.patience--;
  if (!round.is_early) return by_ttl;
  const milliseconds most = by_ttl - settings_.min_interval;
  return by_ttl - milliseconds(static_cast<std::int64_t>(share * static_cast<double>(most.count())));
}

std::chrono::milliseconds SweepSchedule::spread(std::chrono::milliseconds interval) {
  return interval + interval / 10 * random_.next16() / 65535;
}

bool SweepSchedule::finish(SweptName& name, SteadyTime now) {
  const DnsName key = name.target.name;
  if (!name.from_profile && !name.subnet_round && now - name.last_wanted > kForgetAfter) {
    subnets_.remove(key);
    names_.erase(key);
    return false;
  }
  if (!name.never) name.estimate = name.samples.estimate();
  const auto interval = spread(next_interval(name, name.plain));
  plain_.put(key, {now + interval, now + std::max<SteadyTime::duration>(interval, settings_.max_interval),
                   gain_of(name, name.plain)});
  RoundQueue& queue = name.never ? never_subnets_ : subnets_;
  if (!settings_.subnets.empty() && !name.subnet_round && !queue.contains(key)) queue.put(key, {now, now, 0});
  return true;
}

void SweepSchedule::finish_subnets(SweptName& name, SteadyTime now, bool is_worthwhile) {
  name.subnet_round.reset();
  if (!name.never) name.estimate = name.samples.estimate();
  // What never-listed names need in other places is looked up as seldom as is allowed: it only holds addresses back.
  const bool is_seldom = name.never || !is_worthwhile;
  const auto interval = spread(is_seldom ? settings_.max_interval : next_interval(name, name.subnets));
  (name.never ? never_subnets_ : subnets_)
      .put(name.target.name, {now + interval, now + std::max<SteadyTime::duration>(interval, settings_.max_interval),
                              gain_of(name, name.subnets)});
}

std::vector<Target> SweepSchedule::learned() const {
  std::vector<Target> targets;
  for (const auto& [key, name] : names_) {
    if (!name.from_profile) targets.push_back(name.target);
  }
  return targets;
}

std::unordered_map<DnsName, AnswerSamples> SweepSchedule::take_samples() {
  std::unordered_map<DnsName, AnswerSamples> samples;
  for (auto& [key, name] : names_) {
    if (!name.never) samples.emplace(key, std::move(name.samples));
  }
  return samples;
}

}  // namespace sinkfeed
