// token create, token list, token revoke.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

// Each returns the exit status.
int create_token(const Call& call, DaemonClient& client);
int rotate_token(const Call& call, DaemonClient& client);
int list_tokens(const Call& call, DaemonClient& client);
int revoke_token(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
