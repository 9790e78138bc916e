// A client's connection, plain or over TLS, as one stream (Boost.Asio's AsyncReadStream and AsyncWriteStream). Time
// runs out by tcp().expires_after(), for both. Without TLS a call costs a branch more than on the TCP stream itself.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "feed/tls_context.hpp"

namespace sinkfeed {

// Of one kind of executor: one that could be any is copied at each call, which costs as much as answering a poll.
using TcpExecutor = boost::asio::io_context::executor_type;
using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, TcpExecutor>;
using TcpStream = boost::beast::basic_stream<boost::asio::ip::tcp, TcpExecutor>;

class HttpStream {
 public:
  using executor_type = TcpExecutor;

  // `context`: null for a plain one.
  HttpStream(TcpSocket socket, std::shared_ptr<TlsContext> context)
      : context_(std::move(context)), tcp_(std::move(socket)) {
    if (context_) tls_.emplace(tcp_, context_->context());
  }

  executor_type get_executor() noexcept { return tcp_.get_executor(); }
  TcpStream& tcp() { return tcp_; }
  bool is_tls() const { return tls_.has_value(); }

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& into, Handler&& done) {
    return tls_ ? tls_->async_read_some(into, std::forward<Handler>(done))
                : tcp_.async_read_some(into, std::forward<Handler>(done));
  }
  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& from, Handler&& done) {
    return tls_ ? tls_->async_write_some(from, std::forward<Handler>(done))
                : tcp_.async_write_some(from, std::forward<Handler>(done));
  }

  // Of TLS alone. `done` gets an error code.
  template <class Handler>
  void shake_hands(Handler&& done) {
    tls_->async_handshake(boost::asio::ssl::stream_base::server, std::forward<Handler>(done));
  }
  // Says that no more comes, and waits to hear the same.
  template <class Handler>
  void shut_down(Handler&& done) {
    tls_->async_shutdown(std::forward<Handler>(done));
  }
  // After the handshake.
  ClientCertificate client_certificate() { return certificate_of_client(tls_->native_handle()); }

 private:
  std::shared_ptr<TlsContext> context_;
  TcpStream tcp_;
  std::optional<boost::beast::ssl_stream<TcpStream&>> tls_;
};

}  // namespace sinkfeed
