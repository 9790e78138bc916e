// Binding sockets and reading their addresses.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <utility>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

bool is_wildcard(const IpAddress& address);
std::uint16_t port_of(const sockaddr& address);

// A socket that is closed with its owner.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }
  // The same socket under another descriptor.
  Result<Socket> share() const;

 private:
  int descriptor_ = -1;
};

// A non-blocking socket bound to `at` with SO_REUSEPORT (IPv6 sockets take IPv6 only). SOCK_STREAM: a listening one.
// SOCK_DGRAM: one with large buffers, which tells the local address of each packet if `at` is a wildcard. The Problem
// says what is wrong, and who occupies the port if that can be found.
Result<Socket> bind_socket(const Endpoint& at, int type);

// No packet of a UDP socket that sends from or to `at` is split on its way: a piece of one is easier to forge than the
// whole, and none of ours is longer than 1232 bytes (RFC 9715 3.1). Forged "packet too big" messages change nothing.
void forbid_fragments(int socket, const IpAddress& at);

// Takes a UDP socket that is bound to `at` out of the way: what the kernel holds for it can still be read, and answers
// can be sent; packets that come from now on go to the other sockets of that address, or are refused.
void turn_away(int socket, const Endpoint& at);

// True if `address` is one of this machine's own, loopback among them. False if that cannot be found out.
bool is_own_address(const IpAddress& address);

// Binds `at` once without SO_REUSEPORT and lets go: finds another program that listens there with SO_REUSEPORT, which
// bind_socket would silently share the port with.
Result<void> check_port_is_free(const Endpoint& at, int type);

}  // namespace sinkfeed
