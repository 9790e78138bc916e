// The ledger's contents as readers get them: copies.
#include <algorithm>

#include "store/ledger_book.hpp"

namespace sinkfeed {

namespace {

bool matches(const LedgerFilter& filter, const std::string& profile, const IpAddress& address, const KeptEntry& entry,
             WallTime now) {
  return (!filter.profile || *filter.profile == profile) && (!filter.state || *filter.state == entry.state) &&
         (!filter.sharing || *filter.sharing == entry.sharing) &&
         (!filter.freshness || *filter.freshness == freshness(time_of_seconds(entry.last_s), now)) &&
         (!filter.family || *filter.family == address.family()) &&
         (!filter.network || filter.network->contains(address));
}

}  // namespace

LedgerEntry LedgerBook::copy_of(const Shelf& shelf, const IpAddress& address, const KeptEntry& entry) const {
  LedgerEntry copy;
  copy.profile = shelf.profile;
  copy.address = address;
  copy.first_seen = time_of_seconds(entry.first_s);
  copy.last_seen = time_of_seconds(entry.last_s);
  copy.count = entry.count;
  copy.state = entry.state;
  copy.sharing = entry.sharing;
  copy.first_generation = entry.first_generation;
  copy.is_over_limit = entry.is_over_limit;
  copy.is_held_for_sharing = entry.is_held_for_sharing;
  copy.watched_s = entry.watched_s;
  copy.ttl_s = entry.ttl_s;
  if (const auto ruling = rulings_.find({shelf.profile, address}); ruling != rulings_.end())
    copy.ruling = ruling->second;
  copy.needs = needs_.of(address);
  copy.waits = !shown_otherwise_.empty() && shown_otherwise_.contains({shelf.profile, address});
  if (entry.reason_hash) {
    Judgement now = judgement(shelf, address, entry, needs_.sum(address, *catalogue_));
    copy.reason = std::move(now.reason);
    copy.cause = now.cause;
  }
  copy.evidence.reserve(entry.evidence().size());
  for (const KeptEvidence& evidence : entry.evidence()) {
    const EvidenceSource& source = sources_.at(evidence.source);
    copy.evidence.push_back({source.name, source.target, source.vantage, time_of_seconds(evidence.first_s),
                             time_of_seconds(evidence.last_s), evidence.count});
  }
  return copy;
}

void LedgerBook::for_each_address(const std::function<void(const IpAddress&)>& visit) const {
  for (const auto& [profile, of_profile] : shelves_) {
    for (const auto& [address, entry] : of_profile.entries) visit(address);
  }
}

std::vector<LedgerEntry> LedgerBook::find(const IpAddress& address) const {
  std::vector<LedgerEntry> copies;
  for (const auto& [profile, of_profile] : shelves_) {
    if (const auto found = of_profile.entries.find(address); found != of_profile.entries.end())
      copies.push_back(copy_of(of_profile, address, found->second));
  }
  return copies;
}

std::optional<LedgerBook::Place> LedgerBook::copy(const LedgerFilter& filter, const std::optional<Place>& after,
                                                  std::size_t limit, std::size_t look_at,
                                                  std::vector<LedgerEntry>& to) const {
  // By number, which sources are of that name.
  std::vector<bool> of_name;
  if (filter.name) {
    of_name.resize(sources_.limit());
    const auto is_it = [&](const DnsName& name) {
      return filter.below ? name != *filter.name && name.is_at_or_below(*filter.name) : name == *filter.name;
    };
    for (std::uint32_t number = 0; number < sources_.limit(); number++) {
      const EvidenceSource& source = sources_.at(number);
      of_name[number] = is_it(source.name) || is_it(source.target);
    }
  }
  const auto has_name = [&](const KeptEntry& entry) {
    const auto evidence = entry.evidence();
    return !filter.name ||
           std::any_of(evidence.begin(), evidence.end(), [&](const KeptEvidence& e) { return of_name[e.source]; });
  };
  for (auto at = after ? shelves_.lower_bound(after->first) : shelves_.begin(); at != shelves_.end(); ++at) {
    const auto& [profile, of_profile] = *at;
    auto entry =
        after && after->first == profile ? of_profile.entries.upper_bound(after->second) : of_profile.entries.begin();
    for (; entry != of_profile.entries.end(); ++entry) {
      if (matches(filter, profile, entry->first, entry->second, now_.wall) && has_name(entry->second)) {
        to.push_back(copy_of(of_profile, entry->first, entry->second));
        if (--limit == 0) return Place{profile, entry->first};
      }
      if (--look_at == 0) return Place{profile, entry->first};
    }
  }
  return std::nullopt;
}

std::vector<LedgerEntry> LedgerBook::from(const std::string& profile, const IpAddress& first, std::size_t limit) const {
  std::vector<LedgerEntry> copies;
  const Shelf* here = find_shelf(profile);
  if (!here) return copies;
  for (auto entry = here->entries.lower_bound(first); entry != here->entries.end() && copies.size() < limit; ++entry)
    copies.push_back(copy_of(*here, entry->first, entry->second));
  return copies;
}

std::map<State, FamilyCounts> LedgerBook::count_by_state(const std::string& profile) const {
  std::map<State, FamilyCounts> counts;
  const Shelf* here = find_shelf(profile);
  for (const State state : {State::published, State::held, State::allowed, State::expired})
    counts[state] = here ? here->states[static_cast<std::size_t>(state)] : FamilyCounts{};
  return counts;
}

}  // namespace sinkfeed
