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

// `never`: the never-listed names that were seen resolving to the address, each with its reason ("mail.google.com
// (mail)").
Judgement judge_address(const LedgerEntry& entry, const Catalogue& catalogue, const Guards& guards,
                        const std::vector<std::string>& never);

}  // namespace sinkfeed
