// What a person decides of addresses: POST ips/hold, ips/release, ips/allow, ips/forget, ips/undo.
#pragma once

#include "feed/actions.hpp"

namespace sinkfeed {

inline constexpr std::size_t kMostDecided = 1000;  // addresses in one call

// {"addresses": ["192.0.2.7", …], "reason": "…", "profile": "google-talk", "for": "2h"}: the last two may be left out,
// and undo takes no "for". The answer tells of each what has become of it, or why nothing has ("problem").
ApiAnswer hold_addresses(const ActionCall& call);
ApiAnswer release_addresses(const ActionCall& call);
ApiAnswer allow_addresses(const ActionCall& call);
ApiAnswer forget_addresses(const ActionCall& call);
ApiAnswer undo_addresses(const ActionCall& call);

}  // namespace sinkfeed
