// Who asked, and how an answer gets back to him.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <span>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

// A socket address, and for wildcard UDP sockets the local address that the packet came to: answers must leave from it.
struct Peer {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address{};
  socklen_t size = 0;
  bool has_local = false;
  IpAddress local;
  unsigned interface_index = 0;
};

// Takes an answer that comes after the query was handled. Lives on its worker's thread.
class AnswerSender : public std::enable_shared_from_this<AnswerSender> {
 public:
  virtual ~AnswerSender() = default;
  virtual void send(const Peer& peer, std::span<const std::uint8_t> answer) = 0;
};

// When a query arrived.
struct Moment {
  WallTime wall;
  SteadyTime steady;
};

struct Client {
  IpAddress address;
  std::uint16_t port = 0;
  Transport transport = Transport::udp;
  Peer peer;                       // meaningful for UDP
  AnswerSender* sender = nullptr;  // outlives the call that gets this; kept longer only as a weak_ptr
};

}  // namespace sinkfeed
