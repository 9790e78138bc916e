// The TCP connections of one worker: RFC 7766 (pipelining, answers as they finish, idle time-out) and 9210. Nobody can
// take more of them, of memory or of upstream than TcpLimits and dns.rate_limit say.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "config/clock.hpp"
#include "resolver/query_handler.hpp"
#include "resolver/tcp_limits.hpp"

namespace sinkfeed {

class TcpConnection;

class TcpClients {
 public:
  // All references outlive it.
  TcpClients(QueryHandler& handler, int worker, const Clock& clock);
  // Closes every connection.
  ~TcpClients();

  void set_limits(const TcpLimits& limits);
  // A connection that `listener` has accepted. It is closed at once if its client has too many.
  void add(boost::asio::ip::tcp::socket socket, const IpAddress& address, std::uint16_t port, const void* listener);
  // Ends the connection that does least; false: there is none.
  bool close_idlest();
  // Connections of `listener` end when their last answer is out.
  void finish(const void* listener);
  void close(const void* listener);
  std::size_t count(const void* listener) const;

 private:
  friend class TcpConnection;
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace sinkfeed
