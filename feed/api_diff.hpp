// Generations compared: what came into a feed and what left it.
#pragma once

#include "feed/api.hpp"

namespace sinkfeed {

// feed, from and to (numbers; to: the current one unless given). Answers with "added" and "removed", networks as text.
ApiAnswer api_diff(const Store& store, const Parameters& parameters);
// time: a time, a date or an age. Answers with the "generation" that was current then, and its "created".
ApiAnswer api_generation_at(const Store& store, const Parameters& parameters);

// What a feed held in its last generations, newest first, each as a digest of its addresses (digest_of in
// feed/listings/address_ranges.hpp), so that a list can be found among them without being sent. "feed", "family",
// "limit" (100 at most); with "networks" those of the newest. "unfinished": so many took too long.
ApiAnswer api_editions(const Store& store, const Parameters& parameters);

}  // namespace sinkfeed
