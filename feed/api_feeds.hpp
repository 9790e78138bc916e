// Feeds, their formats and their generations, as calls of the API.
#pragma once

#include "feed/api.hpp"

namespace sinkfeed {

ApiAnswer api_feeds(const Store& store, const Parameters& parameters);
ApiAnswer api_formats(const Store& store, const Parameters& parameters);
// limit, cursor
ApiAnswer api_generations(const Store& store, const Parameters& parameters);

}  // namespace sinkfeed
