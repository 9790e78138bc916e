#include "store/ledger_judge.hpp"

#include <algorithm>

#include "config/machine_addresses.hpp"

namespace sinkfeed {

namespace {

bool contains(const std::vector<IpAddress>& addresses, const IpAddress& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

// By the profile's own rules: that another profile covers the name too, perhaps with a longer rule, changes nothing.
bool covers(const Profile& profile, const DnsName& name, const Catalogue& catalogue) {
  if (catalogue.find(name).kind == Coverage::Kind::never) return false;
  return std::any_of(profile.names.begin(), profile.names.end(), [&](const NameRule& rule) {
    if (!catalogue.is_on(rule.tier)) return false;
    return rule.match == Match::suffix ? name.is_at_or_below(rule.name) : name == rule.name;
  });
}

}  // namespace

Guards Guards::from(const Settings& settings) {
  Guards guards;
  guards.never_block = settings.feed.never_block;
  guards.ours = {settings.block.ipv4, settings.block.ipv6};
  for (const auto* listeners : {&settings.dns.listen, &settings.http.listen}) {
    for (const Endpoint& listener : *listeners) {
      guards.ours.push_back(listener.address);
      if (!is_unspecified(listener.address)) continue;
      for (const IpAddress& address : machine_addresses()) {
        if (address.family() == listener.address.family()) guards.ours.push_back(address);
      }
    }
  }
  for (const Endpoint& server : settings.upstream.servers) guards.upstreams.push_back(server.address);
  return guards;
}

bool stands(const Evidence& evidence, const std::string& profile, const IpAddress& address,
            const Catalogue& catalogue) {
  const Profile* loaded = catalogue.find_profile(profile);
  if (!loaded) return false;
  switch (evidence.vantage.kind) {
    case VantageKind::known:
      return std::any_of(loaded->known.begin(), loaded->known.end(),
                         [&](const KnownAddress& known) { return known.address == address; });
    case VantageKind::upstream:
      return covers(*loaded, evidence.target, catalogue);
    case VantageKind::hand:
    case VantageKind::import:
      return true;
  }
  return false;
}

Judgement judge_address(const LedgerEntry& entry, const Catalogue& catalogue, const Guards& guards,
                        const std::vector<std::string>& never) {
  // Our own addresses before the special ranges: the sinkhole is usually in one, and this reason says more.
  if (contains(guards.ours, entry.address)) return {State::held, "our own address (the sinkhole or a listener)"};
  if (const auto special = special_purpose(entry.address))
    return {State::held, std::string(*special) + " address (RFC 6890)"};
  if (contains(guards.upstreams, entry.address)) return {State::held, "upstream server"};
  for (const Network& network : guards.never_block) {
    if (network.contains(entry.address)) return {State::held, "feed.never_block " + network.text()};
  }
  if (!never.empty()) return {State::held, never.front() + " resolves to it too"};
  if (!catalogue.find_profile(entry.profile)) return {State::held, "its profile is not in block.profiles"};
  if (std::none_of(entry.evidence.begin(), entry.evidence.end(),
                   [&](const Evidence& evidence) { return stands(evidence, entry.profile, entry.address, catalogue); }))
    return {State::held, "no covered name leads to it"};
  return {State::published, ""};
}

}  // namespace sinkfeed
