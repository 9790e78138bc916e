// /api/v1/why: everything known about an address or a name, as a server or as a client.
#pragma once

#include "feed/api.hpp"

namespace sinkfeed {

ApiAnswer api_why(const Store& store, const Parameters& parameters);

}  // namespace sinkfeed
