// Brings one checkpoint's line to where history.checkpoints says: appended to a file, or as a message of syslog (RFC
// 5424; over TCP with its length before it, RFC 6587 3.4.1).
#pragma once

#include <string>

#include "config/checkpoint_target.hpp"
#include "config/clock.hpp"
#include "config/result.hpp"

namespace sinkfeed {

// Waits three seconds for the other side at most. A Problem: it is not there, or (TCP, a file) not for certain; UDP
// tells nobody.
Result<void> deliver_checkpoint(const CheckpointTarget& target, const std::string& line, WallTime now);

}  // namespace sinkfeed
