// history export --signed FILE: the records, and beside them what proves them.
#pragma once

#include "feed/commands/call.hpp"
#include "feed/commands/daemon_client.hpp"

namespace sinkfeed {

// Writes FILE (lines of JSON, oldest first), FILE.manifest, FILE.manifest.sig, FILE.pem and FILE.links
// (feed/api_export.hpp says what is in them). None of them may be there. Returns the exit status.
int export_signed(const Call& call, DaemonClient& client);

}  // namespace sinkfeed
