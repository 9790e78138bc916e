#include "store/ledger_judge.hpp"

#include <algorithm>

namespace sinkfeed {

namespace {

bool contains(const std::vector<IpAddress>& addresses, const IpAddress& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

// Some evidence still stands: the profile knows the address from the start, or a name that it covers led to it.
bool is_covered(const LedgerEntry& entry, const Catalogue& catalogue) {
  const Profile* profile = catalogue.find_profile(entry.profile);
  if (!profile) return false;
  return std::any_of(entry.evidence.begin(), entry.evidence.end(), [&](const Evidence& evidence) {
    if (evidence.vantage.kind == VantageKind::known)
      return std::any_of(profile->known.begin(), profile->known.end(),
                         [&](const KnownAddress& known) { return known.address == entry.address; });
    if (evidence.vantage.kind != VantageKind::upstream) return true;
    return catalogue.find(evidence.target).kind == Coverage::Kind::target;
  });
}

}  // namespace

Guards Guards::from(const Settings& settings) {
  Guards guards;
  guards.never_block = settings.feed.never_block;
  guards.ours = {settings.block.ipv4, settings.block.ipv6};
  for (const auto* listeners : {&settings.dns.listen, &settings.http.listen}) {
    for (const Endpoint& listener : *listeners) guards.ours.push_back(listener.address);
  }
  for (const Endpoint& server : settings.upstream.servers) guards.upstreams.push_back(server.address);
  return guards;
}

Judgement judge_address(const LedgerEntry& entry, const Catalogue& catalogue, const Guards& guards,
                        const std::vector<std::string>& never) {
  // Our own addresses before the special ranges: the sinkhole is usually in one, and this reason says more.
  if (contains(guards.ours, entry.address)) return {State::held, "our own address (the sinkhole or a listener)"};
  if (const auto special = special_purpose(entry.address))
    return {State::held, std::string(*special) + " address (RFC 6890)"};
  if (contains(guards.upstreams, entry.address)) return {State::held, "an upstream server's address"};
  for (const Network& network : guards.never_block) {
    if (network.contains(entry.address)) return {State::held, "in feed.never_block (" + network.text() + ")"};
  }
  if (!never.empty()) return {State::held, never.front() + " resolves to it too and must never be blocked"};
  if (!is_covered(entry, catalogue)) return {State::held, "no name that is blocked now led to it"};
  return {State::published, ""};
}

}  // namespace sinkfeed
