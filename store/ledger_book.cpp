#include "store/ledger_book.hpp"

#include <algorithm>
#include <tuple>

#include "store/keys.hpp"
#include "store/ledger_judge.hpp"
#include "store/ledger_records.hpp"

namespace sinkfeed {

namespace {

void widen(WallTime seen, WallTime& first, WallTime& last) {
  first = std::min(first, seen);
  last = std::max(last, seen);
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<std::uint8_t>(byte) >> 4];
    text += kDigits[static_cast<std::uint8_t>(byte) & 15];
  }
  return text;
}

}  // namespace

LedgerBook::LedgerBook(std::shared_ptr<const Catalogue> catalogue, Guards guards)
    : catalogue_(std::move(catalogue)), guards_(std::move(guards)), current_(build(0, {}, catalogue_)) {}

Result<void> LedgerBook::load(const Database& database) {
  std::string damaged;
  auto scanned = database.scan(Column::ledger, "", "", [&](std::string_view key, std::string_view value) {
    const auto place = keys::parse_ledger(key);
    auto entry = decode_entry(value);
    if (!place || !entry) {
      damaged = "ledger: " + (place ? place->first + " " + place->second.text() : hex(key));
      return false;
    }
    entry->profile = place->first;
    entry->address = place->second;
    if (entry->state == State::published) published_.insert(*place);
    entries_.emplace(*place, std::move(*entry));
    return true;
  });
  if (!scanned) return scanned.error();
  if (!damaged.empty()) return Problem{"the store holds a damaged record (" + damaged + "); restore a backup"};
  if (auto names = read_names(database); !names) return names;
  return load_generation(database);
}

// Sightings of names that are on a never list today; those that are known already stay as they are.
Result<void> LedgerBook::read_names(const Database& database) {
  std::string damaged;
  const auto scanned = database.scan(Column::names, "", "", [&](std::string_view key, std::string_view value) {
    const auto place = keys::parse_name(key);
    auto sighting = decode_sighting(value);
    if (!place || !sighting) {
      damaged = "names: " + (place ? place->first.text() + " " + place->second.text() : hex(key));
      return false;
    }
    const Coverage coverage = catalogue_->find(place->second);
    if (coverage.kind != Coverage::Kind::never) return true;
    sighting->name = place->second;
    sighting->never_why = catalogue_->never_rule(coverage).why;
    never_[place->first].emplace(place->second, std::move(*sighting));
    return true;
  });
  if (!scanned) return scanned.error();
  if (!damaged.empty()) return Problem{"the store holds a damaged record (" + damaged + "); restore a backup"};
  return {};
}

void LedgerBook::reconfigure(std::shared_ptr<const Catalogue> catalogue, Guards guards) {
  if (encode_profiles(catalogue->profiles()) != encode_profiles(catalogue_->profiles())) feeds_differ_ = true;
  catalogue_ = std::move(catalogue);
  guards_ = std::move(guards);
  // A name that is on no list any more guards nothing; what is known of it stays in the database.
  for (auto& [address, names] : never_) {
    for (auto name = names.begin(); name != names.end();) {
      const Coverage coverage = catalogue_->find(name->first);
      if (coverage.kind == Coverage::Kind::never) {
        name->second.never_why = catalogue_->never_rule(coverage).why;
        ++name;
      } else {
        touched_names_.erase({address, name->first});
        name = names.erase(name);
      }
    }
  }
}

void LedgerBook::judge_all(WallTime now) {
  for (const Profile& profile : catalogue_->profiles()) {
    for (const KnownAddress& known : profile.known) {
      const Key key{profile.name, known.address};
      const auto old = entries_.find(key);
      const bool there = old != entries_.end() && std::any_of(old->second.evidence.begin(), old->second.evidence.end(),
                                                              [](const Evidence& evidence) {
                                                                return evidence.vantage.kind == VantageKind::known;
                                                              });
      if (!there) apply(Observation{profile.name, {}, {}, known.address, {VantageKind::known, known.source}, now});
    }
  }
  for (auto& [key, entry] : entries_) judge(key, entry);
}

LedgerEntry& LedgerBook::entry(const Key& key) {
  auto [found, fresh] = entries_.try_emplace(key);
  if (fresh) {
    found->second.profile = key.first;
    found->second.address = key.second;
  }
  return found->second;
}

void LedgerBook::apply(const Observation& observation) {
  const Key key{observation.profile, observation.address};
  LedgerEntry& to = entry(key);
  if (!to.count++) to.first_seen = to.last_seen = observation.seen;
  widen(observation.seen, to.first_seen, to.last_seen);
  const auto known = std::find_if(to.evidence.begin(), to.evidence.end(), [&](const Evidence& e) {
    return e.name == observation.name && e.target == observation.target && e.vantage == observation.vantage;
  });
  if (known != to.evidence.end()) {
    known->count++;
    widen(observation.seen, known->first_seen, known->last_seen);
    touched_.insert(key);
    return;
  }
  keep_evidence(to, {observation.name, observation.target, observation.vantage, observation.seen, observation.seen, 1});
  news_.insert(key);
  judge(key, to);
}

void LedgerBook::keep_evidence(LedgerEntry& entry, Evidence evidence) {
  entry.evidence.push_back(std::move(evidence));
  if (entry.evidence.size() <= kMaxEvidence) return;
  const auto rank = [&](const Evidence& e) {
    if (e.vantage.kind == VantageKind::known || e.vantage.kind == VantageKind::hand) return 2;
    return stands(e, entry.profile, entry.address, *catalogue_) ? 1 : 0;
  };
  entry.evidence.erase(
      std::min_element(entry.evidence.begin(), entry.evidence.end(), [&](const Evidence& a, const Evidence& b) {
        const int ours = rank(a), theirs = rank(b);
        return std::tie(ours, a.last_seen, a.name, a.target, a.vantage) <
               std::tie(theirs, b.last_seen, b.name, b.target, b.vantage);
      }));
}

void LedgerBook::apply(const NeverObservation& observation) {
  auto& names = never_[observation.address];
  auto [found, fresh] = names.try_emplace(observation.name);
  NameSighting& sighting = found->second;
  if (fresh) sighting = {observation.name, observation.why, observation.seen, observation.seen, 0};
  sighting.count++;
  sighting.never_why = observation.why;
  widen(observation.seen, sighting.first_seen, sighting.last_seen);
  touched_names_.emplace(observation.address, observation.name);
  if (!fresh) return;
  fresh_names_ = true;
  if (names.size() > kMaxNeverNames) {
    const auto oldest = std::min_element(names.begin(), names.end(), [](const auto& a, const auto& b) {
      return std::tie(a.second.last_seen, a.first) < std::tie(b.second.last_seen, b.first);
    });
    touched_names_.emplace(observation.address, oldest->first);
    names.erase(oldest);
  }
  for (const Profile& profile : catalogue_->profiles()) {
    const Key key{profile.name, observation.address};
    if (const auto held = entries_.find(key); held != entries_.end()) {
      judge(key, held->second);
      news_.insert(key);
    }
  }
}

void LedgerBook::judge(const Key& key, LedgerEntry& entry) {
  if (entry.state == State::allowed) return;  // a person's word is not ours to change
  std::vector<std::string> names;
  if (const auto never = never_.find(entry.address); never != never_.end()) {
    for (const auto& [name, sighting] : never->second)
      names.push_back(name.text() + " (never: " + sighting.never_why + ")");
  }
  const Judgement judgement = judge_address(entry, *catalogue_, guards_, names);
  if (judgement.state == entry.state && judgement.reason == entry.reason) return;
  entry.state = judgement.state;
  entry.reason = judgement.reason;
  news_.insert(key);
}

std::vector<LedgerEntry> LedgerBook::find(const IpAddress& address) const {
  std::vector<LedgerEntry> copies;
  for (auto at = entries_.begin(); at != entries_.end();) {
    const std::string& profile = at->first.first;
    if (const auto found = entries_.find({profile, address}); found != entries_.end()) copies.push_back(found->second);
    at = entries_.lower_bound({profile + '\0', IpAddress()});  // the next profile's first
  }
  return copies;
}

std::vector<NameSighting> LedgerBook::guarding(const IpAddress& address) const {
  std::vector<NameSighting> copies;
  if (const auto found = never_.find(address); found != never_.end()) {
    for (const auto& [name, sighting] : found->second) copies.push_back(sighting);
  }
  return copies;
}

}  // namespace sinkfeed
