#include "store/feed_gate.hpp"

#include <algorithm>

#include "store/records.pb.h"

namespace sinkfeed {

namespace {

std::int64_t us(WallTime time) { return time.time_since_epoch().count(); }
WallTime time_of(std::int64_t us) { return WallTime{std::chrono::microseconds{us}}; }

}  // namespace

void FeedGate::Passed::forget_old(SteadyTime now) {
  while (!times.empty() && now - times.front().first >= kWithin) {
    sum -= times.front().second;
    times.pop_front();
  }
}

void FeedGate::Passed::add(std::size_t count, SteadyTime now) {
  if (!count) return;
  times.emplace_back(now, count);
  sum += count;
}

FeedGate::Verdict FeedGate::decide(const std::string& profile, const Wanted& wanted, const Limits& limits, WallTime now,
                                   SteadyTime steady) {
  if (pin_) return {false, false};
  Passed &came = came_[profile], &went = went_[profile];
  came.forget_old(steady);
  went.forget_old(steady);
  const std::size_t coming = came.sum + wanted.coming, going = went.sum + wanted.going;
  const std::size_t most =
      std::max(kFewGoing, (wanted.size + went.sum) * static_cast<std::size_t>(limits.max_shrink) / 100);
  const bool grows_too_much =
      limits.max_growth && wanted.coming && coming > static_cast<std::size_t>(limits.max_growth);
  const bool shrinks_too_much = limits.max_shrink && wanted.going && going > most;
  if (grows_too_much || shrinks_too_much) {
    Hold& hold = holds_[profile];
    if (grows_too_much && !hold.coming) hold.coming = now;
    if (shrinks_too_much && !hold.going) hold.going = now;
  }
  const auto held = holds_.find(profile);
  const Verdict verdict{held == holds_.end() || !held->second.coming, held == holds_.end() || !held->second.going};
  if (verdict.may_come) came.add(wanted.coming, steady);
  if (verdict.may_go) went.add(wanted.going, steady);
  return verdict;
}

void FeedGate::set_back(Pin pin) {
  release();
  pin_ = std::move(pin);
}

void FeedGate::release() {
  pin_.reset();
  holds_.clear();
  came_.clear();
  went_.clear();
}

std::string FeedGate::encode() const {
  records::FeedGate record;
  if (pin_) {
    auto& pin = *record.mutable_pin();
    pin.set_to(pin_->to);
    pin.set_made(pin_->made);
    pin.set_since_us(us(pin_->since));
    pin.set_by(pin_->by);
    pin.set_reason(pin_->reason);
  }
  for (const auto& [profile, hold] : holds_) {
    auto& to = *record.add_hold();
    to.set_profile(profile);
    if (hold.coming) to.set_coming_us(us(*hold.coming));
    if (hold.going) to.set_going_us(us(*hold.going));
  }
  return record.SerializeAsString();
}

Result<FeedGate> FeedGate::decode(const std::string& bytes) {
  records::FeedGate record;
  if (!record.ParseFromString(bytes))
    return Problem{"the store's record of what is held back is damaged; restore a backup"};
  FeedGate gate;
  if (record.has_pin()) {
    const auto& pin = record.pin();
    gate.pin_ = Pin{pin.to(), pin.made(), time_of(pin.since_us()), pin.by(), pin.reason()};
  }
  for (const auto& hold : record.hold()) {
    Hold& to = gate.holds_[hold.profile()];
    if (hold.coming_us()) to.coming = time_of(hold.coming_us());
    if (hold.going_us()) to.going = time_of(hold.going_us());
  }
  return gate;
}

}  // namespace sinkfeed
