// The ledger's addresses, and what people decided of them.
#pragma once

#include "feed/api.hpp"

namespace sinkfeed {

// Parameters: profile, state, sharing, fresh, family, limit; after: "PROFILE ADDRESS", the last entry that is known
// already. "more" is the value of `after` for the next page, if there is one.
ApiAnswer api_ips(const Store& store, const Parameters& parameters);

// Who did what to which address, newest first. Parameters: address, limit.
ApiAnswer api_decisions(const Store& store, const Parameters& parameters);

}  // namespace sinkfeed
