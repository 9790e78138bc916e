#include "resolver/observations.hpp"

#include <algorithm>

namespace sinkfeed {

namespace {

bool is_covered(const Catalogue& catalogue, const DnsName& name) {
  return catalogue.find(name).kind == Coverage::Kind::target;
}

}  // namespace

Observations observations_of_target(const Catalogue& catalogue, const Target& target, const JudgedAnswer& answer,
                                    const Endpoint& server, WallTime seen) {
  Observations found;
  const bool counts =
      target.is_named_by_profile || is_covered(catalogue, target.name) ||
      std::any_of(answer.chain.begin(), answer.chain.end(), [&](const DnsName& l) { return is_covered(catalogue, l); });
  if (counts) {
    for (const IpAddress& address : answer.addresses)
      found.targets.push_back({target.profile,
                               target.name,
                               target.covered,
                               address,
                               {VantageKind::upstream, server.text()},
                               seen,
                               answer.lifetime_s});
  }
  for (const DnsName& link : answer.chain) {
    const Coverage coverage = catalogue.find(link);
    if (coverage.kind != Coverage::Kind::never) continue;
    for (const IpAddress& address : answer.addresses) found.never.push_back({link, address, seen});
  }
  return found;
}

Observations observations_of_never(const DnsName& name, const JudgedAnswer& answer, WallTime seen) {
  Observations found;
  for (const IpAddress& address : answer.addresses) found.never.push_back({name, address, seen});
  return found;
}

}  // namespace sinkfeed
