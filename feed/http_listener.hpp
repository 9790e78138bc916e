// The sockets on which the HTTP server takes connections.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <vector>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

struct HttpListener {
  Endpoint at;
  bool is_tls = false;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type> acceptor;
};
using HttpListeners = std::vector<std::shared_ptr<HttpListener>>;

// Listens on `at`, for TLS or plain HTTP; port 0 becomes the one that was found. `ours`: those of this server, which
// may be in the way. The Problem says why the address cannot be had, and who has it.
Result<std::shared_ptr<HttpListener>> listen_for_http(boost::asio::io_context& context, const Endpoint& at, bool is_tls,
                                                      const HttpListeners& ours);

}  // namespace sinkfeed
