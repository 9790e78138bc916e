// GET /api/v1/whoami: who the caller is taken for, and what he may do, so that a page offers no more than that.
#pragma once

#include "feed/api.hpp"
#include "feed/caller.hpp"

namespace sinkfeed {

ApiAnswer api_whoami(const Store& store, const Caller& caller, const HttpRequest& request);

}  // namespace sinkfeed
