#include "resolver/tcp_connection.hpp"

#include <algorithm>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace sinkfeed {

using boost::asio::ip::tcp;
using boost::system::error_code;

TcpConnection::TcpConnection(std::shared_ptr<TcpClients::Shared> shared, tcp::socket socket, Client client,
                             bool is_stranger, const void* listener)
    : shared_(std::move(shared)),
      socket_(std::move(socket)),
      idle_timer_(socket_.get_executor()),
      delay_timer_(socket_.get_executor()),
      client_(client),
      is_stranger_(is_stranger),
      listener_(listener) {
  client_.sender = this;
}

void TcpConnection::start() {
  touch();
  read_on();
}

void TcpConnection::send(const Peer&, std::span<const std::uint8_t> answer) {
  if (in_flight_) in_flight_--;
  queue(answer);
  read_on();
  close_if_done();
}

void TcpConnection::close() {
  if (closed_) return;
  closed_ = true;
  error_code ignored;
  socket_.close(ignored);
  idle_timer_.cancel();
  delay_timer_.cancel();
  shared_->queued -= queued_;
  if (is_stranger_) shared_->strangers--;
  if (const auto count = shared_->by_client.find(client_network(client_.address));
      count != shared_->by_client.end() && --count->second == 0)
    shared_->by_client.erase(count);
  shared_->connections.erase(self());
}

void TcpConnection::finish() {
  input_ended_ = true;
  close_if_done();
}

void TcpConnection::touch() {
  active_ = shared_->clock.steady();
  arm();
}

void TcpConnection::arm() {
  // RFC 7766 6.2.3: shorter when connections are scarce.
  const bool is_short = is_stranger_ || shared_->is_busy();
  idle_timer_.expires_after(is_short ? shared_->limits.idle_busy : shared_->limits.idle);
  idle_timer_.async_wait([me = self()](const error_code& error) {
    if (error || me->closed_) return;
    // Who waits for us is not idle.
    me->queue_.empty() && me->waits_for_us() ? me->arm() : me->close();
  });
}

void TcpConnection::read_on() {
  const TcpLimits& limits = shared_->limits;
  if (closed_ || input_ended_ || is_reading_ || is_delayed_ || in_flight_ >= limits.in_flight ||
      queued_ > limits.queued)
    return;
  is_reading_ = true;
  boost::asio::async_read(socket_, boost::asio::buffer(length_), [me = self()](const error_code& error, std::size_t) {
    if (error) return me->input_failed(error);
    const std::size_t announced = dns::read16(me->length_.data());
    me->packet_.resize(std::min(announced, me->shared_->limits.largest_query));
    me->left_ = announced - me->packet_.size();
    me->read_packet();
  });
}

void TcpConnection::read_packet() {
  boost::asio::async_read(socket_, boost::asio::buffer(packet_), [me = self()](const error_code& error, std::size_t) {
    if (error) return me->input_failed(error);
    me->pass_over();
  });
}

// An OPT record that does not fit into what is kept makes the query a malformed one.
void TcpConnection::pass_over() {
  if (!left_) {
    is_reading_ = false;
    touch();
    return handle();
  }
  const auto waste = boost::asio::buffer(shared_->waste, left_);
  boost::asio::async_read(socket_, waste, [me = self()](const error_code& error, std::size_t size) {
    if (error) return me->input_failed(error);
    me->left_ -= size;
    me->pass_over();
  });
}

void TcpConnection::input_failed(const error_code& error) {
  // A half-closed client still gets the answers it waits for (RFC 7766 6.2.3).
  if (error != boost::asio::error::eof) return close();
  finish();
}

// Whoever is over dns.rate_limit is read more slowly: his address is proven, and nothing of him is lost.
void TcpConnection::handle() {
  if (closed_) return;
  const auto delay = shared_->handler.tcp_delay(client_.address, shared_->clock.steady());
  if (!delay.count()) return answer_now();
  is_delayed_ = true;
  delay_timer_.expires_after(delay);
  delay_timer_.async_wait([me = self()](const error_code& error) {
    if (error) return;
    me->is_delayed_ = false;
    me->handle();
  });
}

void TcpConnection::answer_now() {
  std::size_t size = 0;
  {
    const Cache::Section section(shared_->handler.cache(), shared_->worker);
    const std::size_t waiting = shared_->handler.waiting_askers();
    QueryHandler::Incoming incoming;
    shared_->handler.read(packet_, incoming);
    size = shared_->handler.handle(incoming, client_, {shared_->clock.wall(), shared_->clock.steady()}, shared_->out);
    if (shared_->handler.waiting_askers() > waiting) in_flight_++;
  }
  if (size) queue({shared_->out.data(), size});
  if (!shared_->handler.is_allowed(client_.address)) input_ended_ = true;
  read_on();
  close_if_done();
}

void TcpConnection::queue(std::span<const std::uint8_t> answer) {
  if (closed_) return;
  std::vector<std::uint8_t> framed(answer.size() + 2);
  dns::write16(framed.data(), static_cast<std::uint16_t>(answer.size()));
  std::copy(answer.begin(), answer.end(), framed.begin() + 2);
  queued_ += framed.size();
  shared_->queued += framed.size();
  queue_.push_back(std::move(framed));
  if (queue_.size() == 1) write();
  if (shared_->queued > shared_->limits.queued_in_all) shared_->close_slowest_reader();
}

void TcpConnection::write() {
  boost::asio::async_write(socket_, boost::asio::buffer(queue_.front()),
                           [me = self()](const error_code& error, std::size_t) {
                             if (me->closed_) return;
                             if (error) return me->close();
                             me->queued_ -= me->queue_.front().size();
                             me->shared_->queued -= me->queue_.front().size();
                             me->queue_.pop_front();
                             me->touch();
                             if (!me->queue_.empty()) me->write();
                             me->read_on();
                             me->close_if_done();
                           });
}

void TcpConnection::close_if_done() {
  if (input_ended_ && !waits_for_us() && queue_.empty()) close();
}

}  // namespace sinkfeed
