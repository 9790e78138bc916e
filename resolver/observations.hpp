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

// The answer to a target. Where its chain passes a never-listed name, its addresses are that name's too and are
// reported as such, so that the ledger keeps them out of every feed.
Observations observations_of_target(const Catalogue& catalogue, const Target& target, const JudgedAnswer& answer,
                                    const Endpoint& server, WallTime seen);
// The answer to a name on a never list.
Observations observations_of_never(const NeverRule& rule, const DnsName& name, const JudgedAnswer& answer,
                                   WallTime seen);

}  // namespace sinkfeed
