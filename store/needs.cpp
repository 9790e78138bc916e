#include "store/needs.hpp"

#include <algorithm>
#include <tuple>

#include "store/keys.hpp"
#include "store/name_records.hpp"

namespace sinkfeed {

namespace {

// Why a name must never be blocked; empty if it may be.
std::string never_why(const DnsName& name, const Catalogue& catalogue) {
  const Coverage coverage = catalogue.find(name);
  return coverage.kind == Coverage::Kind::never ? catalogue.never_rule(coverage).why : "";
}

void add_client(Need& need, const IpAddress& client) {
  if (need.clients.size() < Needs::kMaxClients) need.clients.push_back(client);
}

bool has_client(const Need& need, const IpAddress& client) {
  return std::find(need.clients.begin(), need.clients.end(), client) != need.clients.end();
}

}  // namespace

Result<void> Needs::load(const Database& database, const Catalogue& catalogue) {
  std::string damaged;
  const auto scanned = database.scan(
      Column::meta, keys::kNeeded, keys::after(keys::kNeeded), [&](std::string_view key, std::string_view value) {
        const auto place = keys::parse_name(key.substr(keys::kNeeded.size()));
        Need need;
        if (!place || !decode_need(value, need)) {
          damaged = place ? place->second.text() + " of " + place->first.text() : "one whose key cannot be read";
          return false;
        }
        need.name = place->second;
        need.never_why = never_why(need.name, catalogue);
        needs_[place->first].emplace(place->second, std::move(need));
        return true;
      });
  if (!scanned) return scanned.error();
  if (!damaged.empty()) return Problem{"the store holds a damaged record (needed: " + damaged + "); restore a backup"};
  for (const auto& [address, names] : needs_) {
    if (names.size() >= kMaxNames) overflowed_.insert(address);
  }
  return {};
}

void Needs::reconfigure(const Catalogue& catalogue) {
  for (auto& [address, names] : needs_) {
    for (auto& [name, need] : names) need.never_why = never_why(name, catalogue);
  }
}

bool Needs::see(const NameObservation& observation, const Catalogue& catalogue) {
  Names& names = needs_[observation.address];
  const auto [found, fresh] = names.try_emplace(observation.name);
  Need& need = found->second;
  if (fresh) {
    need.name = observation.name;
    need.first_seen = need.last_seen = observation.seen;
    need.never_why = never_why(need.name, catalogue);
  }
  need.queries += observation.queries;
  need.first_seen = std::min(need.first_seen, observation.seen);
  need.last_seen = std::max(need.last_seen, observation.seen);
  bool new_client = false;
  if (observation.client && !has_client(need, *observation.client)) {
    new_client = need.clients.size() < kMaxClients;
    add_client(need, *observation.client);
  }
  touched_.emplace(observation.address, observation.name);
  news_ = news_ || fresh;
  if (fresh) keep(observation.address, names, catalogue);
  return fresh || new_client || observation.queries;
}

void Needs::see_sighting(const IpAddress& address, const Need& need, const Catalogue& catalogue) {
  Names& names = needs_[address];
  const auto [found, fresh] = names.try_emplace(need.name, need);
  if (!fresh) return;
  found->second.never_why = never_why(need.name, catalogue);
  touched_.emplace(address, need.name);
  news_ = true;
  keep(address, names, catalogue);
}

// Whichever order they come in, the same ones stay.
void Needs::keep(const IpAddress& address, Names& names, const Catalogue& catalogue) {
  if (names.size() <= kMaxNames) return;
  const auto rank = [&](const Need& need) {
    if (!need.never_why.empty()) return 2;
    return catalogue.find(need.name).kind == Coverage::Kind::none ? 1 : 0;
  };
  const auto least = std::min_element(names.begin(), names.end(), [&](const auto& a, const auto& b) {
    const int ours = rank(a.second), theirs = rank(b.second);
    return std::tie(ours, a.second.last_seen, a.first) < std::tie(theirs, b.second.last_seen, b.first);
  });
  touched_.emplace(address, least->first);
  names.erase(least);
  overflowed_.insert(address);
}

Needs::Sum Needs::sum(const IpAddress& address, const Catalogue& catalogue) const {
  Sum sum;
  const auto found = needs_.find(address);
  if (found == needs_.end()) return sum;
  std::set<IpAddress> clients;
  for (const auto& [name, need] : found->second) {
    if (!need.never_why.empty()) {
      if (!sum.never) sum.never = &need;
      continue;
    }
    if (!need.queries || catalogue.find(name).kind != Coverage::Kind::none) continue;
    if (!sum.first) sum.first = &need;
    sum.names++;
    sum.queries += need.queries;
    clients.insert(need.clients.begin(), need.clients.end());
  }
  sum.clients = clients.size();
  return sum;
}

std::vector<Need> Needs::of(const IpAddress& address) const {
  std::vector<Need> copies;
  if (const auto found = needs_.find(address); found != needs_.end()) {
    for (const auto& [name, need] : found->second) copies.push_back(need);
  }
  return copies;
}

bool Needs::has(const IpAddress& address, const DnsName& name) const {
  const auto found = needs_.find(address);
  return found != needs_.end() && found->second.contains(name);
}

std::set<IpAddress> Needs::age(WallTime before) {
  std::set<IpAddress> changed;
  for (auto at = needs_.begin(); at != needs_.end();) {
    auto& [address, names] = *at;
    for (auto name = names.begin(); name != names.end();) {
      if (name->second.last_seen >= before) {
        ++name;
        continue;
      }
      touched_.emplace(address, name->first);
      changed.insert(address);
      name = names.erase(name);
    }
    at = names.empty() ? needs_.erase(at) : std::next(at);
  }
  return changed;
}

void Needs::forget(const IpAddress& address) {
  const auto found = needs_.find(address);
  if (found == needs_.end()) return;
  for (const auto& [name, need] : found->second) touched_.emplace(address, name);
  needs_.erase(found);
  overflowed_.erase(address);
}

void Needs::write(Database::Batch& batch) const {
  for (const auto& [address, name] : touched_) {
    std::string key = std::string(keys::kNeeded) + keys::name(address, name);
    const auto names = needs_.find(address);
    const Need* need = nullptr;
    if (names != needs_.end()) {
      if (const auto found = names->second.find(name); found != names->second.end()) need = &found->second;
    }
    if (need) {
      batch.put(Column::meta, std::move(key), encode_need(*need));
    } else {
      batch.remove(Column::meta, std::move(key));
    }
  }
}

void Needs::written() {
  touched_.clear();
  news_ = false;
}

}  // namespace sinkfeed
