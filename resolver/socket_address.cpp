#include "resolver/socket_address.hpp"

#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include "config/port_holder.hpp"

namespace sinkfeed {

namespace {

constexpr int kBacklog = 1024;
constexpr int kUdpBuffer = 4 << 20;
constexpr std::uint16_t kDiscard = 9;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const Endpoint& at) {
  SocketAddress result;
  if (at.address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(result.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(at.port);
    std::memcpy(&v4.sin_addr, at.address.bytes().data(), 4);
    result.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(result.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(at.port);
    std::memcpy(&v6.sin6_addr, at.address.bytes().data(), 16);
    result.size = sizeof v6;
  }
  return result;
}

Problem cannot_listen(const Endpoint& at, int type, int error) {
  std::string what = std::string("cannot listen on ") + at.text() + (type == SOCK_STREAM ? " (TCP): " : " (UDP): ");
  if (error == EADDRINUSE) {
    const std::string holder = port_holder(type == SOCK_STREAM, at.port);
    return {what + "the port is taken" + (holder.empty() ? "" : " by " + holder) +
            "; stop it or choose another port in dns.listen (or --port)"};
  }
  if (error == EACCES)
    return {what + "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another port in dns.listen (or --port)"};
  if (error == EADDRNOTAVAIL) return {what + "this machine has no such address; correct dns.listen"};
  return {what + std::generic_category().message(error)};
}

Result<Socket> bind_with(const Endpoint& at, int type, bool reuse_port) {
  Socket socket(::socket(at.address.is_v4() ? AF_INET : AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return cannot_listen(at, type, errno);
  const auto set = [&](int level, int option, int value) {
    setsockopt(socket.get(), level, option, &value, sizeof value);
  };
  if (reuse_port) set(SOL_SOCKET, SO_REUSEPORT, 1);
  if (type == SOCK_STREAM) set(SOL_SOCKET, SO_REUSEADDR, 1);
  if (at.address.is_v6()) set(IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (type == SOCK_DGRAM) {
    set(SOL_SOCKET, SO_RCVBUF, kUdpBuffer);
    set(SOL_SOCKET, SO_SNDBUF, kUdpBuffer);
    forbid_fragments(socket.get(), at.address);
    // Before it is bound: no packet may come without its local address.
    if (is_wildcard(at.address) && at.address.is_v4()) set(IPPROTO_IP, IP_PKTINFO, 1);
    if (is_wildcard(at.address) && at.address.is_v6()) set(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }
  const SocketAddress address = socket_address(at);
  if (bind(socket.get(), address.get(), address.size) < 0 ||
      (type == SOCK_STREAM && listen(socket.get(), kBacklog) < 0))
    return cannot_listen(at, type, errno);
  return socket;
}

}  // namespace

void forbid_fragments(int socket, const IpAddress& at) {
  const int v4 = IP_PMTUDISC_PROBE, v6 = IPV6_PMTUDISC_PROBE;
  if (at.is_v4()) {
    setsockopt(socket, IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof v4);
  } else {
    setsockopt(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof v6);
  }
}

bool is_wildcard(const IpAddress& address) {
  return std::all_of(address.bytes().begin(), address.bytes().end(), [](std::uint8_t byte) { return byte == 0; });
}

std::uint16_t port_of(const sockaddr& address) {
  return ntohs(address.sa_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                                             : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

Socket::~Socket() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<Socket> Socket::share() const {
  const int same = fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
  if (same < 0) return Problem{"cannot share a socket: " + std::generic_category().message(errno)};
  return Socket(same);
}

Result<Socket> bind_socket(const Endpoint& at, int type) { return bind_with(at, type, true); }

void turn_away(int socket, const Endpoint& at) {
  // A connected socket takes packets of its peer alone, and the kernel leaves it out when it spreads the others.
  Endpoint nobody{at.address, kDiscard};
  if (is_wildcard(at.address)) nobody.address = IpAddress::parse(at.address.is_v4() ? "127.0.0.1" : "::1").value();
  const SocketAddress address = socket_address(nobody);
  // Should it fail, the socket takes its share until it is closed, and clients repeat what was in it then.
  static_cast<void>(connect(socket, address.get(), address.size));
}

bool is_own_address(const IpAddress& address) {
  if (address.is_v4() && address.bytes()[0] == 127) return true;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* entry = list; entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr) continue;
    const int family = entry->ifa_addr->sa_family;
    if ((family == AF_INET || family == AF_INET6) && IpAddress::from(*entry->ifa_addr) == address) return true;
  }
  return false;
}

Result<void> check_port_is_free(const Endpoint& at, int type) {
  const Result<Socket> socket = bind_with(at, type, false);
  if (!socket) return socket.error();
  return {};
}

}  // namespace sinkfeed
