#include "feed/http_connection.hpp"

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
constexpr std::size_t kMaxPerClient = 100;

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
  request.api_key = std::string(from["X-Api-Key"]);
  request.content_type = std::string(from[http::field::content_type]);
  request.host = std::string(from[http::field::host]);
  request.origin = std::string(from[http::field::origin]);
  request.sudo_user = std::string(from["Sinkfeed-Sudo-User"]);
  return request;
}

}  // namespace

void HttpConnections::take(tcp::socket socket, bool is_tls) {
  boost::system::error_code gone;
  const tcp::endpoint remote = socket.remote_endpoint(gone);
  const tcp::endpoint local = gone ? remote : socket.local_endpoint(gone);
  if (gone) return;
  const IpAddress client = IpAddress::from(*remote.data()), server = IpAddress::from(*local.data());
  const auto tls = is_tls ? certificates->current() : nullptr;
  if (open.size() >= most || (is_tls && !tls)) return;
  const auto own = by_client.find(client);
  // Behind a proxy on this machine may be any number of others.
  if (own != by_client.end() && own->second >= kMaxPerClient && !is_this_machine(client, server)) return;
  by_client[client]++;
  socket.set_option(tcp::no_delay(true), gone);
  socket.set_option(UnsentBytes(kUnsentBytes), gone);
  const auto connection =
      std::make_shared<HttpConnection>(*this, std::move(socket), tls, client, server, remote.port(), local.port());
  open.insert(connection);
  connection->start();
}

void HttpConnections::stop() {
  stopping = true;
  for (const auto& connection : std::vector(open.begin(), open.end())) connection->finish();
}

void HttpConnection::start() {
  if (!stream_.is_tls()) return read();
  stream_.tcp().expires_after(all_.patience);
  stream_.shake_hands([me = shared_from_this()](const boost::beast::error_code& error) {
    if (error) return me->close();
    me->certificate_ = me->stream_.client_certificate();
    me->read();
  });
}

void HttpConnection::read() {
  if (all_.stopping) return close();
  busy_ = false;
  if (watching_) return static_cast<void>(read_later_ = true);
  parser_.emplace();
  parser_->header_limit(kMaxHeader);
  parser_->body_limit(kMaxBody);
  stream_.tcp().expires_after(all_.patience);
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
  request->is_tls = stream_.is_tls();
  request->certificate = certificate_;
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
  if (!busy_) close();
}

void HttpConnection::close() {
  if (closed_) return;
  closed_ = true;
  all_.bodies -= std::exchange(has_body_, false);
  stop_.request_stop();
  boost::beast::error_code ignored;
  stream_.tcp().socket().shutdown(tcp::socket::shutdown_both, ignored);
  stream_.tcp().close();
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

// Whoever is still sending would lose the answer if the connection were closed on him. What he sends is of no interest,
// so it is not deciphered.
void HttpConnection::linger() {
  boost::system::error_code ignored;
  stream_.tcp().socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.tcp().expires_after(kLinger);
  const auto drain = std::make_shared<std::function<void()>>();
  *drain = [this, weak = std::weak_ptr(drain)] {
    buffer_.consume(buffer_.size());
    stream_.tcp().async_read_some(buffer_.prepare(kMaxHeader), [me = shared_from_this(), again = weak.lock()](
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
  stream_.tcp().expires_never();
  away_ = true;
  stop_ = std::stop_source();
  watch();
  asio::post(threads, [me = shared_from_this(), name, request = std::move(request), stop = stop_.get_token()] {
    enter_background(name);
    HttpAnswer found = me->all_.routes.answer(request, stop);
    asio::post(me->all_.context, [me, found = std::move(found)] {
      me->away_ = false;
      boost::system::error_code ignored;
      if (!me->closed_) me->stream_.tcp().socket().cancel(ignored);  // watch() ends
      me->write(found);
    });
  });
}

// Sees whether the client hangs up while it is being answered. One that closes its own side only counts as gone, too.
void HttpConnection::watch() {
  if (buffer_.size()) return;  // it has sent the next request already; whether it then hangs up is not seen
  watching_ = true;
  const auto into = buffer_.prepare(kMaxHeader);
  stream_.async_read_some(into, [me = shared_from_this()](const boost::beast::error_code& error, std::size_t size) {
    me->watching_ = false;
    if (!error)
      me->buffer_.commit(size);
    else if (me->away_)
      return me->close();
    if (std::exchange(me->read_later_, false)) me->read();
  });
}

void HttpConnection::write(const HttpAnswer& answer) {
  if (closed_) return;
  busy_ = true;
  if (answer.status == 403 || all_.stopping) keep_alive_ = false;
  body_ = answer.body;
  message_.emplace();
  message_->result(answer.status);
  message_->version(version_);
  message_->set(http::field::server, "sinkfeed");
  message_->keep_alive(keep_alive_);
  for (const auto& [name, value] : answer.headers) message_->set(name, value);
  if (body_) {
    message_->set(http::field::content_type, answer.media_type);
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
    me->all_.bodies -= std::exchange(me->has_body_, false);
    if (!error && me->unread_) return me->linger();
    if (error) return me->close();
    me->keep_alive_ ? me->read() : me->part();
  };
  // Piece by piece, because the patience is with each: a long list may take its time over a slow link.
  stream_.tcp().expires_after(all_.patience);
  if (head_ || !body_) {
    http::async_write_header(stream_, *serializer_, written);
  } else {
    http::async_write_some(stream_, *serializer_, written);
  }
}

// Over TLS the client is told that this was all, and may say the same.
void HttpConnection::part() {
  if (!stream_.is_tls()) return close();
  busy_ = false;
  stream_.tcp().expires_after(kLinger);
  stream_.shut_down([me = shared_from_this()](const boost::beast::error_code&) { me->close(); });
}

}  // namespace sinkfeed
