// DNS over TCP for one worker: RFC 7766 (pipelining, answers as they finish, idle time-out) and 9210.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <unordered_set>

#include "config/clock.hpp"
#include "config/result.hpp"
#include "resolver/cache.hpp"
#include "resolver/query_handler.hpp"

namespace sinkfeed {

class TcpListener {
 public:
  // As UdpListener::open. All references outlive the listener.
  static Result<std::unique_ptr<TcpListener>> open(boost::asio::io_context& context, const Endpoint& at,
                                                   QueryHandler& handler, Cache& cache, int worker, const Clock& clock);
  ~TcpListener();

  void start();
  // Accepts no more; open connections end when their last answer is out.
  void stop();
  std::size_t connections() const;

 private:
  class Connection;
  struct Shared;
  explicit TcpListener(std::shared_ptr<Shared> shared);
  static void accept(const std::shared_ptr<Shared>& shared);
  static void adopt(const std::shared_ptr<Shared>& shared, boost::asio::ip::tcp::socket socket);
  std::shared_ptr<Shared> shared_;
};

}  // namespace sinkfeed
