#include "feed/http_listener.hpp"

#include <boost/asio/ip/v6_only.hpp>

#include "config/port_holder.hpp"

namespace sinkfeed {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// From 127.0.0.1:8053 to 0.0.0.0:8053, say, our own socket is in the way; the kernel lets two have a port if both agree
// when the second is bound. False: it is none of ours.
bool share_port(const HttpListeners& ours, const Endpoint& at, bool share) {
  bool found = false;
  for (const auto& listener : ours) {
    if (listener->at.port != at.port || listener->at.address.family() != at.address.family()) continue;
    boost::system::error_code error;
    listener->acceptor.set_option(ReusePort(share), error);
    found = found || !error;
  }
  return found;
}

}  // namespace

Result<std::shared_ptr<HttpListener>> listen_for_http(asio::io_context& context, const Endpoint& at, bool is_tls,
                                                      const HttpListeners& ours) {
  auto listener = std::make_shared<HttpListener>(HttpListener{at, is_tls, decltype(HttpListener::acceptor)(context)});
  auto& acceptor = listener->acceptor;
  boost::system::error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(at.address.text()), at.port);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && at.address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  const bool in_our_own_way = error == asio::error::address_in_use && share_port(ours, at, true);
  if (in_our_own_way) {
    acceptor.set_option(ReusePort(true), error);
    if (!error) acceptor.bind(endpoint, error);
  }
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (in_our_own_way) {
    boost::system::error_code ignored;
    acceptor.set_option(ReusePort(false), ignored);
    share_port(ours, at, false);
  }
  if (!error) {
    listener->at.port = acceptor.local_endpoint().port();
    return listener;
  }
  std::string why = error.message();
  if (error == asio::error::address_in_use) {
    const std::string holder = port_holder(true, at.port);
    why = in_our_own_way
              ? "a connection that ended a moment ago holds the port on another address; try again in a minute"
              : "the port is taken" + (holder.empty() ? "" : " by " + holder) + "; stop it or choose another port in " +
                    (is_tls ? "http.tls.listen" : "http.listen (or --http-port)");
  }
  return Problem{(is_tls ? "cannot serve HTTPS on " : "cannot serve HTTP on ") + at.text() + ": " + why};
}

}  // namespace sinkfeed
