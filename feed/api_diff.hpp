// Generations compared: what came into a feed and what left it.
#pragma once

#include "feed/api.hpp"

namespace sinkfeed {

// feed, from and to (numbers; to: the current one unless given). Answers with "added" and "removed", networks as text.
ApiAnswer api_diff(const Store& store, const Parameters& parameters);
// time: a time, a date or an age. Answers with the "generation" that was current then, and its "created".
ApiAnswer api_generation_at(const Store& store, const Parameters& parameters);

}  // namespace sinkfeed
