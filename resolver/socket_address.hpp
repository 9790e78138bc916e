// Binding sockets and reading their addresses.
#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

bool is_wildcard(const IpAddress& address);
std::uint16_t port_of(const sockaddr& address);

// A non-blocking socket bound to `at` with SO_REUSEPORT (IPv6 sockets take IPv6 only), owned by the caller. A listening
// one if `type` is SOCK_STREAM. The Problem says what is wrong, and who occupies the port if that can be found.
Result<int> bind_socket(const Endpoint& at, int type);

// True if `address` is one of this machine's own, loopback among them. False if that cannot be found out.
bool is_own_address(const IpAddress& address);

// Binds `at` once without SO_REUSEPORT and lets go: finds another program that listens there with SO_REUSEPORT, which
// bind_socket would silently share the port with.
Result<void> check_port_is_free(const Endpoint& at, int type);

}  // namespace sinkfeed
