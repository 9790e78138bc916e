// The API's calls about tokens: tokens (which there are), and POST tokens/create, rotate and revoke.
#pragma once

#include "feed/actions.hpp"

namespace sinkfeed {

// Names, scopes and times; no token, and nothing of which one could be made.
ApiAnswer list_tokens(const Store& store);
// {"name": "office-pc", "scopes": ["observe"], "expires": "90d"}; expires (an age from now on) may be missing. The
// answer is the one place where the token is shown.
ApiAnswer create_token(const ActionCall& call);
// {"name": "office-pc", "overlap": "7d"}: another secret for it; those that are good stay so for that time (missing:
// 7d). The answer shows the new one, and until when the one before is good.
ApiAnswer rotate_token(const ActionCall& call);
// {"name": "office-pc"}
ApiAnswer revoke_token(const ActionCall& call);

}  // namespace sinkfeed
