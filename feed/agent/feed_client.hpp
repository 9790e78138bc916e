// The agent's side of HTTP: fetches a feed, and listens to its events, over plain TCP or TLS.
//
// One thread, the one that runs the context: while a call waits, whatever else the context has goes on, timers and
// signals among it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "config/address.hpp"
#include "config/result.hpp"
#include "feed/agent/feed_url.hpp"

namespace sinkfeed {

// What the server is shown, and by what it is known. Empty: nothing.
struct FeedCredentials {
  std::string token;
  std::filesystem::path token_file;        // read anew for each request: it may be replaced
  std::filesystem::path ca;                // instead of the system's authorities
  std::filesystem::path certificate, key;  // our own
};

class FeedClient {
 public:
  struct Answer {
    unsigned status = 0;
    std::uint64_t generation = 0;  // X-Sinkfeed-Generation
    std::string body;              // up to kLargestList
  };

  // The context outlives it. A Problem: a file of `access` cannot be used.
  static Result<std::unique_ptr<FeedClient>> open(boost::asio::io_context& context, FeedUrl url,
                                                  FeedCredentials access);

  // A GET of the feed's path with `suffix` behind it. A Problem: no whole answer came.
  Result<Answer> get(const std::string& suffix);
  // The same, of a stream of events, which stays open if the status is 200.
  Result<Answer> listen(const std::string& suffix, std::uint64_t has);
  // What comes next of the stream; empty: the server has ended it. A Problem: it broke off, or nothing came for three
  // heartbeats.
  Result<std::string> next();
  // Whatever waits ends with a Problem, and so does what comes after. On the context's thread.
  void stop();

  // The server's address, of the last connection.
  const std::optional<IpAddress>& server() const { return server_; }
  const FeedUrl& url() const { return url_; }

 private:
  using Stream = boost::asio::ssl::stream<boost::beast::tcp_stream>;
  using Parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

  FeedClient(boost::asio::io_context& context, FeedUrl url, FeedCredentials access);
  Result<void> use_files();
  boost::beast::tcp_stream& tcp() { return stream_->next_layer(); }
  template <class Start>
  boost::system::error_code wait(Start start);
  template <class Use>
  auto with_stream(Use use);
  Result<void> connect();
  Result<std::string> token() const;
  Result<Answer> ask(const std::string& suffix, std::uint64_t has, std::chrono::seconds patience);
  // A piece of the body; empty at its end.
  Result<std::string> read_piece(std::chrono::seconds patience);
  Problem broke_off(const boost::system::error_code& error, std::chrono::seconds patience) const;

  boost::asio::io_context& context_;
  const FeedUrl url_;
  const FeedCredentials access_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
  boost::asio::ip::tcp::resolver resolver_;
  std::unique_ptr<Stream> stream_;  // for http, only what is beneath the TLS is used
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<IpAddress> server_;
  bool stopped_ = false;
};

}  // namespace sinkfeed
