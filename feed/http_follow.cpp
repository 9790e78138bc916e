// The connections on which an answer is streamed: what comes is written as it comes, for as long as the client listens.
#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "feed/http_connection.hpp"

namespace sinkfeed {

namespace asio = boost::asio;

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
  AnswerStream::Piece piece = events_->take();
  const bool has_ended = piece.bytes.empty() && events_->has_ended();
  if (!piece.bytes.empty() || has_ended) return send_piece(std::move(piece), has_ended);
  waits_for_events_ = true;
  stream_.tcp().expires_never();
  pulse_.expires_after(events_->heartbeat());
  pulse_.async_wait([me = shared_from_this()](const boost::system::error_code& error) {
    if (error || !std::exchange(me->waits_for_events_, false)) return;
    const std::string_view sign = me->events_->sign_of_life();
    if (sign.empty() || me->events_->has_ended()) return me->send_events();
    const auto owner = std::make_shared<const std::string>(sign);
    me->send_piece({owner, *owner}, false);
  });
}

// An empty one is the last of a chunked answer (RFC 9112 7.1), perhaps with a field behind it; to HTTP/1.0 the end of
// the connection says it.
void HttpConnection::send_piece(AnswerStream::Piece piece, bool is_last) {
  const auto framed = std::make_shared<std::string>();
  if (version_ == 11 && is_last) {
    const std::string trailer = events_->trailer();
    *framed = trailer.empty() ? "0\r\n\r\n" : fmt::format("0\r\n{}\r\n\r\n", trailer);
  } else if (version_ == 11) {
    *framed = fmt::format("{:x}\r\n{}\r\n", piece.bytes.size(), piece.bytes);
  }
  const auto bytes = version_ == 11 ? asio::buffer(*framed) : asio::buffer(piece.bytes.data(), piece.bytes.size());
  stream_.tcp().expires_after(all_.patience);
  asio::async_write(
      stream_, bytes,
      [me = shared_from_this(), piece = std::move(piece), framed, is_last](
          const boost::beast::error_code& error, std::size_t) { error || is_last ? me->close() : me->send_events(); });
}

}  // namespace sinkfeed
