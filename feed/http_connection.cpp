#include "feed/http_connection.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "config/thread_priority.hpp"

namespace sinkfeed {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t kMaxHeader = 8 << 10, kMaxBody = 1 << 20;
constexpr std::size_t kMaxBodies = 16;  // at a time, of all clients together
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr auto kLinger = std::chrono::seconds(2);
// What the kernel takes of an answer beyond what it has sent. By default it takes megabytes and then none until much of
// that is sent: a slow client would look like one that reads nothing.
using UnsentBytes = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int kUnsentBytes = 16 << 10;
constexpr std::size_t kMaxConnections = 2000, kMaxPerClient = 100;

std::optional<HttpRequest> read_request(const http::request<http::string_body>& from) {
  const auto url = boost::urls::parse_origin_form(boost::core::string_view(from.target().data(), from.target().size()));
  if (!url) return std::nullopt;
  HttpRequest request;
  request.method = std::string(from.method() == http::verb::head ? "GET" : from.method_string());
  request.path = url->path();
  for (const auto& parameter : url->params()) request.query[parameter.key] = parameter.value;
  request.if_none_match = std::string(from[http::field::if_none_match]);
  request.if_modified_since = std::string(from[http::field::if_modified_since]);
  request.accept_encoding = std::string(from[http::field::accept_encoding]);
  request.authorization = std::string(from[http::field::authorization]);
  request.content_type = std::string(from[http::field::content_type]);
  request.host = std::string(from[http::field::host]);
  request.origin = std::string(from[http::field::origin]);
  request.last_event_id = std::string(from["Last-Event-ID"]);
  request.sudo_user = std::string(from["Sinkfeed-Sudo-User"]);
  return request;
}

}  // namespace

void HttpConnections::take(tcp::socket socket) {
  boost::system::error_code gone;
  const tcp::endpoint remote = socket.remote_endpoint(gone);
  const tcp::endpoint local = gone ? remote : socket.local_endpoint(gone);
  if (gone) return;
  const IpAddress client = IpAddress::from(*remote.data()), server = IpAddress::from(*local.data());
  const auto own = by_client.find(client);
  if (open.size() >= kMaxConnections || (own != by_client.end() && own->second >= kMaxPerClient)) return;
  by_client[client]++;
  socket.set_option(tcp::no_delay(true), gone);
  socket.set_option(UnsentBytes(kUnsentBytes), gone);
  const auto connection =
      std::make_shared<HttpConnection>(*this, std::move(socket), client, server, remote.port(), local.port());
  open.insert(connection);
  connection->read();
}

void HttpConnections::stop() {
  stopping = true;
  for (const auto& connection : std::vector(open.begin(), open.end())) connection->finish();
}

void HttpConnection::read() {
  if (all_.stopping) return close();
  busy_ = false;
  parser_.emplace();
  parser_->header_limit(kMaxHeader);
  parser_->body_limit(kMaxBody);
  stream_.expires_after(all_.patience);
  http::async_read_header(stream_, buffer_, *parser_,
                          [me = shared_from_this()](const boost::beast::error_code& error, std::size_t) {
                            if (me->can_be_read(error)) me->parser_->is_done() ? me->answer() : me->read_body();
                          });
}

// If not, it sees to that.
bool HttpConnection::can_be_read(const boost::beast::error_code& error) {
  if (!error) return true;
  unread_ = error == http::error::body_limit;
  if (unread_)
    reject(413, "the body is too large; a call of the API that takes one takes 1 MiB");
  else if (error == http::error::header_limit)
    reject(431, "the request cannot be read");
  else if (error == http::error::bad_target || error == http::error::bad_version || error == http::error::bad_method)
    reject(400, "the request cannot be read");
  else
    close();
  return false;
}

std::optional<HttpRequest> HttpConnection::request() const {
  auto request = read_request(parser_->get());
  if (!request) return std::nullopt;
  request->client = client_;
  request->server = server_;
  request->client_port = client_port_;
  request->server_port = server_port_;
  return request;
}

void HttpConnection::read_body() {
  const auto wanted = request();
  unread_ = true;
  if (!wanted) return reject(400, "the request cannot be read");
  if (!all_.routes.takes_body(*wanted)) return reject(413, "this request takes no body");
  if (all_.bodies >= kMaxBodies) return reject(503, "too many are sending something just now; try again soon");
  all_.bodies++;
  has_body_ = true;
  const auto read = [me = shared_from_this()] {
    http::async_read(me->stream_, me->buffer_, *me->parser_, [me](const boost::beast::error_code& error, std::size_t) {
      if (!me->can_be_read(error)) return;
      me->unread_ = false;
      me->answer();
    });
  };
  if (!boost::beast::iequals(parser_->get()[http::field::expect], "100-continue")) return read();
  asio::async_write(stream_, asio::buffer(kContinue),
                    [me = shared_from_this(), read](const boost::beast::error_code& error, std::size_t) {
                      error ? me->close() : read();
                    });
}

void HttpConnection::finish() {
  stop_.request_stop();
  if (events_) events_->end();
  if (!busy_) close();
}

void HttpConnection::close() {
  if (closed_) return;
  closed_ = true;
  all_.bodies -= std::exchange(has_body_, false);
  stop_.request_stop();
  if (events_) events_->leave();
  pulse_.cancel();
  boost::beast::error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.close();
  if (const auto count = all_.by_client.find(client_); count != all_.by_client.end() && --count->second == 0)
    all_.by_client.erase(count);
  all_.open.erase(shared_from_this());
}

void HttpConnection::reject(unsigned status, const std::string& sentence) {
  const std::string_view path = parser_->get().target();
  keep_alive_ = false;
  version_ = 11;
  head_ = false;
  write(Routes::refusal(path, status, sentence));
}

// Whoever is still sending would lose the answer if the connection were closed on him.
void HttpConnection::linger() {
  boost::system::error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  const auto drain = std::make_shared<std::function<void()>>();
  *drain = [this, weak = std::weak_ptr(drain)] {
    buffer_.consume(buffer_.size());
    stream_.async_read_some(buffer_.prepare(kMaxHeader), [me = shared_from_this(), again = weak.lock()](
                                                             const boost::beast::error_code& error, std::size_t) {
      error || me->all_.stopping ? me->close() : (*again)();
    });
  };
  (*drain)();
}

void HttpConnection::answer() {
  busy_ = true;
  const auto& message = parser_->get();
  keep_alive_ = message.keep_alive();
  version_ = message.version();
  head_ = message.method() == http::verb::head;
  auto request = this->request();
  if (!request) return write(text_answer(400, "# the request cannot be read\n"));
  request->body = std::move(parser_->get().body());
  switch (all_.routes.pace(*request)) {
    case Routes::Pace::at_once:
      return write(all_.routes.answer(*request));
    case Routes::Pace::call:
      return answer_on(all_.calls, "call", std::move(*request));
    case Routes::Pace::search:
      return answer_on(all_.searches, "search", std::move(*request));
  }
}

void HttpConnection::answer_on(asio::thread_pool& threads, const char* name, HttpRequest request) {
  stream_.expires_never();
  away_ = true;
  stop_ = std::stop_source();
  watch();
  asio::post(threads, [me = shared_from_this(), name, request = std::move(request), stop = stop_.get_token()] {
    enter_background(name);
    HttpAnswer found = me->all_.routes.answer(request, stop);
    asio::post(me->all_.context, [me, found = std::move(found)] {
      me->away_ = false;
      boost::system::error_code ignored;
      if (!me->closed_) me->stream_.socket().cancel(ignored);  // watch() ends
      me->write(found);
    });
  });
}

// Sees whether the client hangs up while it is being answered. One that closes its own side only counts as gone, too.
void HttpConnection::watch() {
  stream_.socket().async_wait(tcp::socket::wait_read, [me = shared_from_this()](boost::system::error_code error) {
    if (error || !me->away_) return;
    // Else it has sent the next request already; whether it then hangs up is not seen.
    if (me->stream_.socket().available(error) == 0 || error) me->close();
  });
}

void HttpConnection::write(const HttpAnswer& answer) {
  if (closed_) return;
  busy_ = true;
  if (answer.stream && !head_) events_ = answer.stream;
  if (answer.status == 403 || answer.stream || all_.stopping) keep_alive_ = false;
  body_ = answer.body;
  message_.emplace();
  message_->result(answer.status);
  message_->version(version_);
  message_->set(http::field::server, "sinkfeed");
  message_->keep_alive(keep_alive_);
  for (const auto& [name, value] : answer.headers) message_->set(name, value);
  if (body_ || answer.stream) message_->set(http::field::content_type, answer.media_type);
  if (answer.stream && version_ == 11) message_->chunked(true);
  if (body_) {
    message_->content_length(body_->size());
    if (!head_) message_->body() = boost::beast::span<const char>(body_->data(), body_->size());
  }
  serializer_.emplace(*message_);
  write_on();
}

void HttpConnection::write_on() {
  const auto written = [me = shared_from_this()](const boost::beast::error_code& error, std::size_t) {
    const bool whole = me->head_ || !me->body_ ? me->serializer_->is_header_done() : me->serializer_->is_done();
    if (!error && !whole) return me->write_on();
    if (!error && me->events_) return me->follow();
    me->all_.bodies -= std::exchange(me->has_body_, false);
    if (!error && me->unread_) return me->linger();
    if (error || !me->keep_alive_) return me->close();
    me->read();
  };
  // Piece by piece, because the patience is with each: a long list may take its time over a slow link.
  stream_.expires_after(all_.patience);
  if (head_ || !body_) {
    http::async_write_header(stream_, *serializer_, written);
  } else {
    http::async_write_some(stream_, *serializer_, written);
  }
}

void HttpConnection::follow() {
  events_->listen([weak = weak_from_this(), &context = all_.context] {
    asio::post(context, [weak] {
      if (const auto me = weak.lock()) me->wake();
    });
  });
  away_ = true;
  watch();
  send_events();
}

void HttpConnection::wake() {
  if (!std::exchange(waits_for_events_, false)) return;
  pulse_.cancel();
  send_events();
}

// What there is, piece by piece; then it waits for more, or for the moment at which it has to show that it lives.
void HttpConnection::send_events() {
  if (closed_) return;
  EventStream::Piece piece = events_->take();
  const bool has_ended = piece.bytes.empty() && events_->has_ended();
  if (!piece.bytes.empty() || has_ended) return send_piece(std::move(piece), has_ended);
  waits_for_events_ = true;
  stream_.expires_never();
  pulse_.expires_after(events_->heartbeat());
  pulse_.async_wait([me = shared_from_this()](const boost::system::error_code& error) {
    if (error || !std::exchange(me->waits_for_events_, false)) return;
    static const auto comment = std::make_shared<const std::string>(":\n\n");
    me->events_->has_ended() ? me->send_events() : me->send_piece({comment, *comment}, false);
  });
}

// An empty one is the last of a chunked answer (RFC 9112 7.1); to HTTP/1.0 the end of the connection says it.
void HttpConnection::send_piece(EventStream::Piece piece, bool is_last) {
  const auto framed = std::make_shared<std::string>();
  if (version_ == 11) *framed = fmt::format("{:x}\r\n{}\r\n", piece.bytes.size(), piece.bytes);
  const auto bytes = version_ == 11 ? asio::buffer(*framed) : asio::buffer(piece.bytes.data(), piece.bytes.size());
  stream_.expires_after(all_.patience);
  asio::async_write(
      stream_, bytes,
      [me = shared_from_this(), piece = std::move(piece), framed, is_last](
          const boost::beast::error_code& error, std::size_t) { error || is_last ? me->close() : me->send_events(); });
}

}  // namespace sinkfeed
