// What an upstream's answer tells the ledger.
#pragma once

#include <vector>

#include "config/catalogue.hpp"
#include "resolver/judge.hpp"
#include "resolver/target_watch.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

struct Observations {
  std::vector<Observation> targets;
  std::vector<NeverObservation> never;
};

// The answer to a target. Its addresses count if the target is covered itself, or its CNAME chain goes through a name
// that is: else whoever owns a name that leads to a target (by SVCB, or only the last time it was asked for) could put
// any address into a feed. Where the chain passes a never-listed name, its addresses are that name's too and are
// reported as such, so that the ledger keeps them out of every feed.
Observations observations_of_target(const Catalogue& catalogue, const Target& target, const JudgedAnswer& answer,
                                    const Endpoint& server, WallTime seen);
// The answer to a name on a never list.
Observations observations_of_never(const DnsName& name, const JudgedAnswer& answer, WallTime seen);

}  // namespace sinkfeed
