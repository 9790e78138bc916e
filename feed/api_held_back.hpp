// What is held back from the feeds, and what a person does of it: the call `waiting`, POST feeds/rollback and
// feeds/release.
#pragma once

#include "feed/actions.hpp"

namespace sinkfeed {

// Parameter: limit. "pin" if the feeds were set back, "profiles" of which a limit holds something back, "waiting": the
// changes that the next generation would make if all were released, as many as `limit`, and "all" of them.
ApiAnswer api_waiting(const Store& store, const Parameters& parameters);
// {"generation": 41, "reason": "…"}
ApiAnswer roll_feeds_back(const ActionCall& call);
// {"reason": "…"}
ApiAnswer release_feeds(const ActionCall& call);

}  // namespace sinkfeed
