// DNS over TCP for one worker: RFC 7766 (pipelining, answers as they finish, idle time-out) and 9210.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_set>

#include "config/clock.hpp"
#include "resolver/query_handler.hpp"
#include "resolver/socket_address.hpp"

namespace sinkfeed {

class TcpListener {
 public:
  // `socket`: a listening one, which all workers share: whoever is free takes the next connection, and none is lost
  // with a worker that goes. All references outlive the listener.
  TcpListener(boost::asio::io_context& context, const Endpoint& at, Socket socket, QueryHandler& handler, int worker,
              const Clock& clock);
  ~TcpListener();

  void start();
  // Takes the connections that wait, then no more; open ones go on until their clients end them or are idle.
  void leave();
  // Accepts no more; open connections end when their last answer is out.
  void stop();
  std::size_t connections() const;

 private:
  class Connection;
  struct Shared;
  static void accept(const std::shared_ptr<Shared>& shared);
  static void adopt(const std::shared_ptr<Shared>& shared, boost::asio::ip::tcp::socket socket);
  std::shared_ptr<Shared> shared_;
};

}  // namespace sinkfeed
