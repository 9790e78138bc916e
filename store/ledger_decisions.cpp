// What people decide of addresses: in force at once, undone when its time is over, each with who and why.
#include <algorithm>

#include "store/ledger_book.hpp"

namespace sinkfeed {

std::string_view ruling_name(Ruling::Kind kind) {
  switch (kind) {
    case Ruling::Kind::hold:
      return "hold";
    case Ruling::Kind::release:
      return "release";
    case Ruling::Kind::allow:
      return "allow";
  }
  return "";
}

void LedgerBook::record(std::string what, const Place& place, const std::string& by, const std::string& reason,
                        std::optional<WallTime> until) {
  actions_.push_back({now_.wall, std::move(what), place.first, place.second, by, reason, until});
}

// Of the feeds.
void LedgerBook::record(std::string what, const std::string& by, const std::string& reason) {
  actions_.push_back({now_.wall, std::move(what), "", std::nullopt, by, reason, std::nullopt});
}

// Counted from now on the steady clock: a wall clock that jumps ends nothing.
void LedgerBook::end_at(const Place& place, WallTime until) {
  ends_.emplace(now_.steady + std::max(until - now_.wall, std::chrono::microseconds(0)), place);
}

// Of the profile, or all that have the address.
std::vector<LedgerBook::Shelf*> LedgerBook::shelves_for(const IpAddress& address,
                                                        const std::optional<std::string>& profile) {
  std::vector<Shelf*> found;
  for (auto& [name, of_profile] : shelves_) {
    if ((!profile || *profile == name) && of_profile.entries.contains(address)) found.push_back(&of_profile);
  }
  return found;
}

Result<void> LedgerBook::decide(const IpAddress& address, const std::optional<std::string>& profile,
                                const Ruling& ruling) {
  std::vector<Shelf*> shelves = shelves_for(address, profile);
  if (shelves.empty()) {
    if (ruling.kind == Ruling::Kind::release)
      return Problem{address.text() + " is not in the ledger; to publish it, add it: sinkfeed ips add " +
                     address.text()};
    for (const Profile& loaded : catalogue_->profiles()) {
      if (!profile || *profile == loaded.name) shelves.push_back(&shelf(loaded.name));
    }
  }
  if (shelves.empty()) return Problem{"no profile \"" + profile.value_or("") + "\" is loaded"};
  for (Shelf* here : shelves) {
    const Place place{here->profile, address};
    KeptEntry& entry = this->entry(*here, address, now_.wall);
    rulings_[place] = ruling;
    if (ruling.until) end_at(place, *ruling.until);
    record(std::string(ruling_name(ruling.kind)), place, ruling.by, ruling.reason, ruling.until);
    add_news(*here, address, entry);
    judge(*here, address, entry);
  }
  return {};
}

// One that was only decided of, and never seen, goes.
void LedgerBook::without_decision(const Place& place) {
  Shelf& here = shelf(place.first);
  const auto found = here.entries.find(place.second);
  add_news(here, place.second, found->second);
  if (!found->second.evidence().empty()) return judge(here, place.second, found->second);
  here.count_of(found->second.state, place.second)--;
  found->second.release(pool_);
  here.entries.erase(found);
}

Result<void> LedgerBook::undo(const IpAddress& address, const std::optional<std::string>& profile,
                              const std::string& by, const std::string& reason) {
  bool any = false;
  const auto of_profile = [&](const Place& place) {
    return place.second == address && (!profile || *profile == place.first);
  };
  for (auto at = rulings_.begin(); at != rulings_.end();) {
    if (!of_profile(at->first)) {
      ++at;
      continue;
    }
    const Place place = at->first;
    at = rulings_.erase(at);
    record("undo", place, by, reason, std::nullopt);
    without_decision(place);
    any = true;
  }
  for (auto at = forgotten_.begin(); at != forgotten_.end();) {
    if (!of_profile(at->first)) {
      ++at;
      continue;
    }
    record("undo", at->first, by, reason, std::nullopt);
    forgotten_news_.insert(at->first);
    at = forgotten_.erase(at);
    any = true;
  }
  if (!any) return Problem{"nobody has decided anything of " + address.text() + " that could be undone"};
  return {};
}

Result<void> LedgerBook::forget(const IpAddress& address, const std::optional<std::string>& profile,
                                const std::string& by, const std::string& reason, std::optional<WallTime> until) {
  const std::vector<Shelf*> shelves = shelves_for(address, profile);
  if (shelves.empty()) return Problem{address.text() + " is not in the ledger"};
  for (Shelf* here : shelves) {
    const Place place{here->profile, address};
    const auto found = here->entries.find(address);
    KeptEntry& entry = found->second;
    for (const KeptEvidence& evidence : entry.evidence()) sources_.release(evidence.source);
    add_news(*here, address, entry);
    here->count_of(entry.state, address)--;
    entry.release(pool_);
    here->entries.erase(found);
    rulings_.erase(place);
    last_looks_.erase(place);
    if (until) {
      forgotten_[place] = *until;
      forgotten_news_.insert(place);
      end_at(place, *until);
    }
    record("forget", place, by, reason, until);
  }
  if (!holds(address)) needs_.forget(address);
  return {};
}

void LedgerBook::end_decisions() {
  while (!ends_.empty() && ends_.begin()->first <= now_.steady) {
    const Place place = ends_.begin()->second;
    ends_.erase(ends_.begin());
    // Another ruling of the same address may be in force, with an end of its own or none.
    const auto is_left = std::any_of(ends_.begin(), ends_.end(), [&](const auto& end) { return end.second == place; });
    if (const auto ruling = rulings_.find(place); ruling != rulings_.end()) {
      if (!ruling->second.until || is_left) continue;
      record(std::string(ruling_name(ruling->second.kind)) + " ended", place, "sinkfeed", "its time was over",
             std::nullopt);
      rulings_.erase(ruling);
      without_decision(place);
    } else if (const auto gone = forgotten_.find(place); gone != forgotten_.end() && !is_left) {
      forgotten_.erase(gone);
      forgotten_news_.insert(place);
      record("forget ended", place, "sinkfeed", "its time was over", std::nullopt);
    }
  }
}

}  // namespace sinkfeed
