// Whether a browser that asks shows our page, or somebody else's.
#pragma once

#include "feed/http_message.hpp"

namespace sinkfeed {

// The request's Host is an address, localhost, or the name of this machine (with or without its domain), or there is
// none. Any other name may have been made to lead here.
bool is_asked_as_ours(const HttpRequest& request);

// It has an Origin, and that is not the site that it goes to under a name of ours. Programs send none; browsers do with
// each POST.
bool is_of_another_site(const HttpRequest& request);

}  // namespace sinkfeed
