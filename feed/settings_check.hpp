// Whether settings that can be read can be gone by: what feed/ makes of them.
#pragma once

#include "config/result.hpp"
#include "config/settings.hpp"

namespace sinkfeed {

// Certificates can be read, receivers of the history be reached in principle. Any thread.
Result<void> check_feed_settings(const Settings& settings);

}  // namespace sinkfeed
