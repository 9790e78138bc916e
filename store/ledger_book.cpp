#include "store/ledger_book.hpp"

#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <tuple>

#include "store/keys.hpp"
#include "store/ledger_records.hpp"

namespace sinkfeed {

namespace {

void count_one(std::uint32_t& count) {
  if (count < std::numeric_limits<std::uint32_t>::max()) count++;
}

}  // namespace

std::uint32_t hash_of_reason(const std::string& reason) {
  return reason.empty() ? 0 : static_cast<std::uint32_t>(XXH3_64bits(reason.data(), reason.size())) | 1U;
}

LedgerBook::LedgerBook(std::shared_ptr<const Catalogue> catalogue, Guards guards)
    : catalogue_(std::move(catalogue)), guards_(std::move(guards)) {
  auto none = std::make_shared<Generation>();
  none->catalogue = catalogue_;
  for (const Profile& profile : catalogue_->profiles()) none->profiles[profile.name];
  current_ = std::move(none);
}

LedgerBook::Shelf& LedgerBook::shelf(const std::string& profile) {
  return shelves_.try_emplace(profile, profile, pool_).first->second;
}

const LedgerBook::Shelf* LedgerBook::find_shelf(const std::string& profile) const {
  const auto found = shelves_.find(profile);
  return found == shelves_.end() ? nullptr : &found->second;
}

void LedgerBook::reconfigure(std::shared_ptr<const Catalogue> catalogue, Guards guards) {
  if (encode_profiles(catalogue->profiles()) != encode_profiles(catalogue_->profiles())) feeds_differ_ = true;
  catalogue_ = std::move(catalogue);
  guards.subscribers = std::move(guards_.subscribers);
  guards_ = std::move(guards);
  needs_.reconfigure(*catalogue_);
  // Of these there may be names on disk that are of more weight under the new lists than those that are kept.
  for (const IpAddress& address : needs_.overflowed()) to_be_read_.insert(address);
}

void LedgerBook::judge_all() {
  for (const Profile& profile : catalogue_->profiles()) {
    for (const KnownAddress& known : profile.known) {
      const Shelf& here = shelf(profile.name);
      const auto old = here.entries.find(known.address);
      const auto is_known = [&](const KeptEvidence& evidence) { return view(evidence).vantage == VantageKind::known; };
      const bool there = old != here.entries.end() &&
                         std::any_of(old->second.evidence().begin(), old->second.evidence().end(), is_known);
      if (!there)
        apply(Observation{profile.name, {}, {}, known.address, {VantageKind::known, known.source}, now_.wall});
    }
  }
  for (auto& [profile, of_profile] : shelves_) {
    for (auto& [address, entry] : of_profile.entries) judge(of_profile, address, entry);
  }
}

KeptEntry& LedgerBook::entry(Shelf& shelf, const IpAddress& address, WallTime seen) {
  const auto [found, fresh] = shelf.entries.try_emplace(address);
  KeptEntry& entry = found->second;
  if (fresh) {
    shelf.count_of(entry.state, address)++;
    entry.first_s = entry.last_s = seconds_of(seen);
    // It may have been forgotten a moment ago.
    if (shelf.published.contains(address)) entry.in_generation = KeptEntry::List::published;
    if (shelf.shared.contains(address)) entry.in_generation = KeptEntry::List::shared;
  }
  return entry;
}

void LedgerBook::apply(const Observation& observation) {
  if (!forgotten_.empty() && forgotten_.contains({observation.profile, observation.address})) return;
  Shelf& to = shelf(observation.profile);
  KeptEntry& entry = this->entry(to, observation.address, observation.seen);
  const bool is_first = entry.count == 0;
  count_one(entry.count);
  const std::uint32_t at = seconds_of(observation.seen);
  entry.first_s = std::min(entry.first_s, at);
  entry.last_s = std::max(entry.last_s, at);
  entry.watched_s = std::max(entry.watched_s, now_.watched_s);
  entry.ttl_s = observation.ttl_s;
  if (!last_looks_.empty()) last_looks_.erase({to.profile, observation.address});
  const bool came_back = std::exchange(entry.is_expired, false);
  const EvidenceSource source{observation.name, observation.target, observation.vantage};
  if (const std::uint32_t number = sources_.find(source); number != EvidenceSources::kNone) {
    for (KeptEvidence& evidence : entry.evidence()) {
      if (evidence.source != number) continue;
      count_one(evidence.count);
      evidence.first_s = std::min(evidence.first_s, at);
      evidence.last_s = std::max(evidence.last_s, at);
      if (came_back) judge(to, observation.address, entry);
      if (!std::exchange(entry.is_touched, true)) touched_.push_back({&to, observation.address});
      return;
    }
  }
  // What a person adds himself is meant; what no feed will hold is not counted.
  const bool is_counted =
      observation.vantage.kind == VantageKind::upstream || observation.vantage.kind == VantageKind::import;
  if (is_first && is_counted && guards_.reason(observation.address).empty())
    entry.is_over_limit = growth_.exceeds(observation.target, now_.steady, guards_.limits.max_new_per_hour);
  keep_evidence(to, observation.address, entry, {sources_.take(source), 1, at, at});
  add_news(to, observation.address, entry);
  judge(to, observation.address, entry);
}

bool LedgerBook::holds(const IpAddress& address) const {
  return std::any_of(shelves_.begin(), shelves_.end(),
                     [&](const auto& shelf) { return shelf.second.entries.contains(address); });
}

void LedgerBook::apply(const NameObservation& observation) {
  if (needs_.see(observation, *catalogue_)) judge(observation.address);
}

void LedgerBook::learn(const IpAddress& address, const std::vector<Need>& needs) {
  for (const Need& need : needs) needs_.see_sighting(address, need, *catalogue_);
  to_be_read_.erase(address);
  judge(address);
}

void LedgerBook::add_subscriber(const IpAddress& address) {
  auto& subscribers = guards_.subscribers;
  const auto at = std::lower_bound(subscribers.begin(), subscribers.end(), address);
  if (at != subscribers.end() && *at == address) return;
  subscribers.insert(at, address);
  subscriber_news_.insert(address);
  judge(address);
}

EvidenceView LedgerBook::view(const KeptEvidence& evidence) const {
  const EvidenceSource& source = sources_.at(evidence.source);
  return {source.target, source.vantage.kind};
}

void LedgerBook::keep_evidence(Shelf& shelf, const IpAddress& address, KeptEntry& entry, const KeptEvidence& evidence) {
  entry.add(evidence, pool_);
  const auto kept = entry.evidence();
  if (kept.size() <= kMaxEvidence) return;
  const auto rank = [&](const EvidenceSource& source) {
    if (source.vantage.kind == VantageKind::known || source.vantage.kind == VantageKind::hand) return 2;
    return stands({source.target, source.vantage.kind}, shelf.profile, address, *catalogue_) ? 1 : 0;
  };
  const auto least = std::min_element(kept.begin(), kept.end(), [&](const KeptEvidence& a, const KeptEvidence& b) {
    const EvidenceSource &source = sources_.at(a.source), &other = sources_.at(b.source);
    const int ours = rank(source), theirs = rank(other);
    return std::tie(ours, a.last_s, source) < std::tie(theirs, b.last_s, other);
  });
  sources_.release(least->source);
  entry.remove(static_cast<std::size_t>(least - kept.begin()));
}

Judgement LedgerBook::judgement(const Shelf& shelf, const IpAddress& address, const KeptEntry& entry,
                                const Needs::Sum& needs) const {
  AddressFacts facts{.profile = shelf.profile,
                     .address = address,
                     .has_standing_evidence = false,
                     .is_over_limit = entry.is_over_limit,
                     .is_expired = entry.is_expired,
                     .ruling = nullptr,
                     .needs = needs};
  const auto evidence = entry.evidence();
  facts.has_standing_evidence = std::any_of(evidence.begin(), evidence.end(), [&](const KeptEvidence& e) {
    return stands(view(e), shelf.profile, address, *catalogue_);
  });
  if (!rulings_.empty()) {
    if (const auto ruling = rulings_.find({shelf.profile, address}); ruling != rulings_.end())
      facts.ruling = &ruling->second;
  }
  return judge_address(facts, *catalogue_, guards_);
}

void LedgerBook::judge(Shelf& shelf, const IpAddress& address, KeptEntry& entry) {
  const Needs::Sum needs = needs_.sum(address, *catalogue_);
  const Judgement now = judgement(shelf, address, entry, needs);
  const Sharing shared = needs.never || is_shared(needs, guards_.limits) ? Sharing::shared : Sharing::exclusive;
  const std::uint32_t reason = hash_of_reason(now.reason);
  const bool held_for_sharing = now.cause == Cause::sharing;
  if (now.state == entry.state && reason == entry.reason_hash && shared == entry.sharing &&
      held_for_sharing == entry.is_held_for_sharing)
    return;
  set_state(shelf, address, entry, now.state);
  entry.is_held_for_sharing = held_for_sharing;
  entry.reason_hash = reason;
  entry.sharing = shared;
  add_news(shelf, address, entry);
}

void LedgerBook::judge(const IpAddress& address) {
  for (auto& [profile, of_profile] : shelves_) {
    if (const auto here = of_profile.entries.find(address); here != of_profile.entries.end())
      judge(of_profile, address, here->second);
  }
}

void LedgerBook::set_state(Shelf& shelf, const IpAddress& address, KeptEntry& entry, State state) {
  shelf.count_of(entry.state, address)--;
  shelf.count_of(state, address)++;
  entry.state = state;
}

void LedgerBook::add_news(Shelf& shelf, const IpAddress& address, KeptEntry& entry) {
  if (!std::exchange(entry.is_news, true)) news_.push_back({&shelf, address});
}

}  // namespace sinkfeed
