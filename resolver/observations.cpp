#include "resolver/observations.hpp"

namespace sinkfeed {

Observations observations_of_target(const Catalogue& catalogue, const Target& target, const JudgedAnswer& answer,
                                    const Endpoint& server, WallTime seen) {
  Observations found;
  for (const IpAddress& address : answer.addresses)
    found.targets.push_back(
        {target.profile, target.name, target.covered, address, {VantageKind::upstream, server.text()}, seen});
  for (const DnsName& link : answer.chain) {
    const Coverage coverage = catalogue.find(link);
    if (coverage.kind != Coverage::Kind::never) continue;
    for (const IpAddress& address : answer.addresses)
      found.never.push_back({link, catalogue.never_rule(coverage).why, address, seen});
  }
  return found;
}

Observations observations_of_never(const NeverRule& rule, const DnsName& name, const JudgedAnswer& answer,
                                   WallTime seen) {
  Observations found;
  for (const IpAddress& address : answer.addresses) found.never.push_back({name, rule.why, address, seen});
  return found;
}

}  // namespace sinkfeed
