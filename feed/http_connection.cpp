#include "feed/http_connection.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "config/thread_priority.hpp"
#include "feed/http_head.hpp"
#include "feed/http_request.hpp"

namespace sinkfeed {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr std::size_t kUsualRequest = 1 << 10, kMaxHeader = 8 << 10, kMaxBody = 1 << 20;
constexpr std::size_t kMaxBodies = 16;  // at a time, of all clients together
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr auto kLinger = std::chrono::seconds(2);
// What the kernel takes of an answer beyond what it has sent. By default it takes megabytes and then none until much of
// that is sent: a slow client would look like one that reads nothing.
using UnsentBytes = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
constexpr int kUnsentBytes = 16 << 10;
constexpr std::size_t kMaxPerClient = 100;

}  // namespace

void HttpConnections::take(TcpSocket socket, bool is_tls) {
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
  socket.non_blocking(true, gone);
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
  if (stream_.is_tls() || buffer_.size()) return read_on();
  idle_until_ = std::chrono::steady_clock::now() + all_.patience;
  is_idle_ = true;
  if (!std::exchange(minds_idleness_, true)) mind_idleness();
  // Not async_wait(): that tells the kernel each time what it knows already. Most requests fit, and an idle connection
  // takes little memory.
  stream_.tcp().socket().async_read_some(
      buffer_.prepare(kUsualRequest),
      [me = shared_from_this()](const boost::system::error_code& error, std::size_t size) {
        me->is_idle_ = false;
        if (error) return me->close();
        me->buffer_.commit(size);
        me->parse();
      });
}

// One timer for as long as the connection is open, not one for each request.
void HttpConnection::mind_idleness() {
  pulse_.expires_at(idle_until_);
  pulse_.async_wait([me = shared_from_this()](const boost::system::error_code& error) {
    me->minds_idleness_ = false;
    if (error || me->closed_ || !me->is_idle_) return;
    if (std::chrono::steady_clock::now() >= me->idle_until_) return me->close();
    me->minds_idleness_ = true;
    me->mind_idleness();
  });
}

void HttpConnection::parse() {
  boost::beast::error_code error;
  buffer_.consume(parser_->put(buffer_.data(), error));
  if (parser_->is_header_done()) return has_read(error == http::error::need_more ? boost::beast::error_code() : error);
  if (error && error != http::error::need_more) return has_read(error);
  read_on();
}

void HttpConnection::read_on() {
  stream_.tcp().expires_after(all_.patience);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [me = shared_from_this()](const boost::beast::error_code& error, std::size_t) { me->has_read(error); });
}

void HttpConnection::has_read(const boost::beast::error_code& error) {
  if (can_be_read(error)) parser_->is_done() ? answer() : read_body();
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
    case Routes::Pace::feed:
      return answer_on(all_.feeds, "feed", std::move(*request));
    case Routes::Pace::call:
      return answer_on(all_.calls, "call", std::move(*request));
    case Routes::Pace::search:
      return answer_on(all_.searches, "search", std::move(*request));
    case Routes::Pace::stream:
      return answer_on(all_.exports, "export", std::move(*request));
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
    const auto make = std::exchange(found.make, nullptr);
    asio::post(me->all_.context, [me, found = std::move(found)] {
      me->away_ = false;
      boost::system::error_code ignored;
      if (!me->closed_) me->stream_.tcp().socket().cancel(ignored);  // watch() ends
      me->write(found);
    });
    if (make) make();
  });
}

// Sees whether the client hangs up while it is being answered. One that closes its own side only counts as gone, too.
void HttpConnection::watch() {
  // If it has sent the next request already, it is not seen whether it then hangs up.
  if (watching_ || buffer_.size()) return;
  watching_ = true;
  const auto into = buffer_.prepare(kMaxHeader);
  stream_.async_read_some(into, [me = shared_from_this()](const boost::beast::error_code& error, std::size_t size) {
    me->watching_ = false;
    if (!error)
      me->buffer_.commit(size);
    else if (me->away_ && error != asio::error::operation_aborted)
      return me->close();
    if (std::exchange(me->read_later_, false)) return me->read();
    // answer_on() has ended it, and what it brought is a stream of events.
    if (error && me->away_ && !me->closed_) me->watch();
  });
}

void HttpConnection::write(const HttpAnswer& answer) {
  if (answer.stream && (closed_ || head_)) answer.stream->leave();
  if (closed_) return;
  busy_ = true;
  if (answer.stream && !head_) events_ = answer.stream;
  if (answer.status == 403 || answer.stream || all_.stopping) keep_alive_ = false;
  body_ = answer.body;
  went_out_ = answer.went_out;
  head_text_ = http_head(answer, version_, keep_alive_);
  unwritten_ = {asio::buffer(head_text_), body_ && !head_ ? asio::buffer(*body_) : asio::const_buffer()};
  if (!stream_.is_tls()) {
    // Most answers fit into what the kernel takes at once.
    boost::system::error_code error;
    const std::size_t size = stream_.tcp().socket().write_some(unwritten_, error);
    if (error && error != asio::error::would_block) return close();
    if (has_written(size)) return wrote();
  }
  write_on();
}

bool HttpConnection::has_written(std::size_t size) {
  for (asio::const_buffer& buffer : unwritten_) {
    const std::size_t of_it = std::min(size, buffer.size());
    buffer += of_it;
    size -= of_it;
  }
  return asio::buffer_size(unwritten_) == 0;
}

// Piece by piece, because the patience is with each: a long list may take its time over a slow link.
void HttpConnection::write_on() {
  stream_.tcp().expires_after(all_.patience);
  // One buffer: TLS would take an empty first one for all that is to be written.
  const asio::const_buffer next = unwritten_[0].size() ? unwritten_[0] : unwritten_[1];
  stream_.async_write_some(next, [me = shared_from_this()](const boost::beast::error_code& error, std::size_t size) {
    if (error) return me->close();
    me->has_written(size) ? me->wrote() : me->write_on();
  });
}

void HttpConnection::wrote() {
  if (const auto went_out = std::exchange(went_out_, nullptr)) went_out();
  if (events_) return follow();
  all_.bodies -= std::exchange(has_body_, false);
  if (unread_) return linger();
  if (!keep_alive_) return part();
  // When the others that can be read have been: by then a busy client has sent its next request, and reading finds it.
  asio::post(all_.context, [me = shared_from_this()] { me->read(); });
}

// Over TLS the client is told that this was all, and may say the same.
void HttpConnection::part() {
  if (!stream_.is_tls()) return close();
  busy_ = false;
  stream_.tcp().expires_after(kLinger);
  stream_.shut_down([me = shared_from_this()](const boost::beast::error_code&) { me->close(); });
}

}  // namespace sinkfeed
