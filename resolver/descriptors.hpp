// File descriptors: how many the daemon may have, and who gets them.
#pragma once

#include <cstddef>

#include "config/settings.hpp"
#include "resolver/tcp_limits.hpp"

namespace sinkfeed {

// How many this process may have open now.
std::size_t descriptor_limit();
// Raises that as far as the system lets us. Returns how many there may be then.
std::size_t raise_descriptor_limit();
// What these settings can need at most.
std::size_t descriptors_needed(const Settings& settings);
// What a worker's TCP clients may take of `descriptors`: what everything else can need is left to it, but of HTTP only
// what is usual.
TcpLimits tcp_limits(std::size_t descriptors, const Settings& settings);
// How many connections HTTP may take: what all of that leaves, kHttpConnections at most.
inline constexpr std::size_t kHttpConnections = 12'000;
std::size_t http_connections(std::size_t descriptors, const Settings& settings);

}  // namespace sinkfeed
