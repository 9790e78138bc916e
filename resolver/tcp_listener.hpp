// Takes TCP connections at one address, for one worker's TcpClients.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "config/address.hpp"
#include "resolver/socket_address.hpp"
#include "resolver/tcp_clients.hpp"

namespace sinkfeed {

class TcpListener {
 public:
  // `socket`: a listening one, which all workers share: whoever is free takes the next connection, and none is lost
  // with a worker that goes. All references outlive the listener.
  TcpListener(boost::asio::io_context& context, const Endpoint& at, Socket socket, TcpClients& clients);
  // Closes the connections that it has taken.
  ~TcpListener();

  void start();
  // Takes the connections that wait, then no more; open ones go on until their clients end them or are idle.
  void leave();
  // Accepts no more; open connections end when their last answer is out.
  void stop();
  std::size_t connections() const;

 private:
  struct Shared;
  static void wait(const std::shared_ptr<Shared>& shared);
  static void accept(const std::shared_ptr<Shared>& shared);
  static void adopt(const std::shared_ptr<Shared>& shared, boost::asio::ip::tcp::socket socket);
  std::shared_ptr<Shared> shared_;
};

}  // namespace sinkfeed
