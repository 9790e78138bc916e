// Judges one address of the ledger: may it be published, and if not, why. Pure functions of what is known.
#pragma once

#include <string>
#include <vector>

#include "config/catalogue.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

struct Judgement {
  State state = State::held;
  std::string reason;  // empty if published
};

// The evidence is a reason to publish today: its profile is loaded and knows the address from the start, or covers the
// name that led to it by a rule whose tier is on, or a person or a client's connection vouches for it.
bool stands(const Evidence& evidence, const std::string& profile, const IpAddress& address, const Catalogue& catalogue);

// `never`: the never-listed names that were seen resolving to the address, each with its reason: "mail.google.com
// (never: mail)".
Judgement judge_address(const LedgerEntry& entry, const Catalogue& catalogue, const Guards& guards,
                        const std::vector<std::string>& never);

}  // namespace sinkfeed
