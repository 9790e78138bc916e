// The token that a request shows, in whichever way its client can.
#pragma once

#include <optional>
#include <string>

#include "feed/http_message.hpp"

namespace sinkfeed {

struct Credentials {
  std::string secret;  // empty: what was sent is no token
  // Sent as HTTP basic: a browser that knows a password sends it by itself, also for a page of another site.
  bool is_basic = false;
};

// Authorization: Bearer TOKEN (RFC 6750 2.1), or HTTP basic (RFC 7617) with the token as the password and any user
// name; without one, X-Api-Key: TOKEN. Nothing: the request shows none of them.
std::optional<Credentials> credentials_of(const HttpRequest& request);

}  // namespace sinkfeed
