// An answer of the daemon that is too large for memory: taken piece by piece as it comes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

// Gives `write` each piece until it returns false. A Problem: the daemon cannot be asked, it refuses, it broke off, or
// says behind the answer that something is missing in it.
Result<void> stream_from_daemon(const Endpoint& at, const std::string& target,
                                const std::function<bool(std::string_view piece)>& write);

}  // namespace sinkfeed
