// The connections of the HTTP server: each reads a request, has it answered, writes the answer, and so on. All of it
// runs on the server's thread; the API's calls are answered on other threads, so that the feeds never wait for them.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_set>

#include "feed/certificate_keeper.hpp"
#include "feed/http_stream.hpp"
#include "feed/routes.hpp"

namespace sinkfeed {

class HttpConnection;

// The connections that are open, and what they share.
struct HttpConnections {
  // Feeds have some of their own: a call may wait for a disk that is full.
  static constexpr int kFeedThreads = 2, kCallThreads = 2, kSearchThreads = 2, kExportThreads = 2;

  HttpConnections(const Routes& routes_, std::chrono::milliseconds patience_, const CertificateKeeper* certificates_)
      : routes(routes_), patience(patience_), certificates(certificates_) {}

  // Serves a new one, or closes it at once if there are too many.
  void take(TcpSocket socket, bool is_tls);
  // From now on no more requests are read: those that wait for one are closed, the others after their answer;
  // searches end early.
  void stop();

  const Routes& routes;
  const std::chrono::milliseconds patience;  // with a handshake, a request, and each piece of an answer
  const CertificateKeeper* const certificates;
  std::size_t most = 0;  // connections
  boost::asio::io_context context{1};
  boost::asio::thread_pool feeds{kFeedThreads}, calls{kCallThreads}, searches{kSearchThreads}, exports{kExportThreads};
  std::unordered_set<std::shared_ptr<HttpConnection>> open;
  std::map<IpAddress, std::size_t> by_client;
  std::size_t bodies = 0;  // that are being read or answered
  bool stopping = false;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  // `context`: null for plain HTTP.
  HttpConnection(HttpConnections& all, TcpSocket socket, std::shared_ptr<TlsContext> context, const IpAddress& client,
                 const IpAddress& server, std::uint16_t client_port, std::uint16_t server_port)
      : all_(all),
        stream_(std::move(socket), std::move(context)),
        client_(client),
        server_(server),
        client_port_(client_port),
        server_port_(server_port),
        pulse_(all.context) {}

  void start();
  void close();
  // Closes it if no request is being answered; a search for it ends early.
  void finish();

 private:
  void read();
  void mind_idleness();
  // What came at once may be all of a request.
  void parse();
  void read_on();
  void has_read(const boost::beast::error_code& error);
  bool can_be_read(const boost::beast::error_code& error);
  std::optional<HttpRequest> request() const;
  void read_body();
  void reject(unsigned status, const std::string& sentence);
  void linger();
  void answer();
  void answer_on(boost::asio::thread_pool& threads, const char* name, HttpRequest request);
  void watch();
  void write(const HttpAnswer& answer);
  // Whether that was the last of it.
  bool has_written(std::size_t size);
  void write_on();
  void wrote();
  // The events of an answer that has some, until they or the client end.
  void follow();
  void wake();
  void send_events();
  void send_piece(AnswerStream::Piece piece, bool is_last);
  void part();

  HttpConnections& all_;
  HttpStream stream_;
  ClientCertificate certificate_;
  const IpAddress client_, server_;
  const std::uint16_t client_port_, server_port_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  // The answer that is being written.
  std::string head_text_;
  std::shared_ptr<const std::string> body_;
  std::array<boost::asio::const_buffer, 2> unwritten_;  // of both
  std::function<void()> went_out_;
  std::shared_ptr<AnswerStream> events_;
  // Until a request comes: how long it may take. Of a stream of events: when it has to show that it lives.
  boost::asio::steady_timer pulse_;
  std::chrono::steady_clock::time_point idle_until_;
  bool is_idle_ = false, minds_idleness_ = false;
  bool waits_for_events_ = false;
  std::stop_source stop_;  // of the call that is being answered on another thread
  unsigned version_ = 11;
  bool keep_alive_ = false, head_ = false, busy_ = false, away_ = false, closed_ = false;
  bool watching_ = false, read_later_ = false;  // watch() still reads; read() waits for its end
  bool has_body_ = false;                       // one of HttpConnections::bodies is its
  bool unread_ = false;                         // the client is still sending what was refused
};

}  // namespace sinkfeed
