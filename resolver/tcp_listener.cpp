#include "resolver/tcp_listener.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <map>
#include <vector>

namespace sinkfeed {

namespace {

using boost::asio::ip::tcp;

constexpr auto kIdle = std::chrono::seconds(10);  // without a byte from the client, or to him
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);
constexpr std::size_t kMaxConnections = 1000;       // a worker
constexpr std::size_t kMaxPerClient = 50;           // a client and worker
constexpr std::size_t kMaxInFlight = 100;           // queries a connection that wait for their answer
constexpr std::size_t kMaxQueuedBytes = 256 << 10;  // answers a client has not taken yet

}  // namespace

// What the listener and its connections share on the worker's thread.
struct TcpListener::Shared {
  Shared(boost::asio::io_context& context_, QueryHandler& handler_, int worker_, const Clock& clock_)
      : acceptor(context_), retry(context_), handler(handler_), worker(worker_), clock(clock_), out(dns::kMaxMessage) {}
  tcp::acceptor acceptor;
  boost::asio::steady_timer retry;
  QueryHandler& handler;
  int worker;
  const Clock& clock;
  std::vector<std::uint8_t> out;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::map<IpAddress, std::size_t> by_client;
  bool stopped = false;
};

class TcpListener::Connection final : public AnswerSender {
 public:
  Connection(std::shared_ptr<Shared> shared, tcp::socket socket, Client client)
      : shared_(std::move(shared)), socket_(std::move(socket)), timer_(socket_.get_executor()), client_(client) {
    client_.sender = this;
  }

  const IpAddress& address() const { return client_.address; }
  SteadyTime last_active() const { return active_; }

  void start() {
    touch();
    read_length();
  }

  void send(const Peer&, std::span<const std::uint8_t> answer) override {
    if (in_flight_) in_flight_--;
    queue(answer);
    if (paused_ && in_flight_ < kMaxInFlight) {
      paused_ = false;
      read_length();
    }
    close_if_done();
  }

  // The client is gone or must go; what is queued is not sent.
  void close() {
    if (closed_) return;
    closed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    if (const auto count = shared_->by_client.find(client_.address);
        count != shared_->by_client.end() && --count->second == 0)
      shared_->by_client.erase(count);
    shared_->connections.erase(self());
  }

  // No more queries are read; the connection ends when nothing is owed.
  void finish() {
    input_ended_ = true;
    close_if_done();
  }

 private:
  std::shared_ptr<Connection> self() { return std::static_pointer_cast<Connection>(shared_from_this()); }

  void touch() {
    active_ = shared_->clock.steady();
    timer_.expires_after(kIdle);
    timer_.async_wait([me = self()](const boost::system::error_code& error) {
      if (!error) me->close();
    });
  }

  void read_length() {
    if (closed_ || input_ended_ || shared_->stopped) return;
    boost::asio::async_read(socket_, boost::asio::buffer(length_),
                            [me = self()](const boost::system::error_code& error, std::size_t) {
                              if (error) return me->input_failed(error);
                              me->packet_.resize(dns::read16(me->length_.data()));
                              me->read_packet();
                            });
  }

  void read_packet() {
    boost::asio::async_read(socket_, boost::asio::buffer(packet_),
                            [me = self()](const boost::system::error_code& error, std::size_t) {
                              if (error) return me->input_failed(error);
                              me->touch();
                              me->handle();
                            });
  }

  void input_failed(const boost::system::error_code& error) {
    // A half-closed client still gets the answers it waits for (RFC 7766 6.2.3).
    if (error != boost::asio::error::eof) return close();
    finish();
  }

  void handle() {
    if (closed_) return;
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
    if (closed_) return;
    if (in_flight_ >= kMaxInFlight) {
      paused_ = true;
    } else {
      read_length();
    }
  }

  void queue(std::span<const std::uint8_t> answer) {
    if (closed_) return;
    // A client that does not read its answers may not hold our memory.
    if (queued_bytes_ + answer.size() > kMaxQueuedBytes) return close();
    std::vector<std::uint8_t> framed(answer.size() + 2);
    dns::write16(framed.data(), static_cast<std::uint16_t>(answer.size()));
    std::copy(answer.begin(), answer.end(), framed.begin() + 2);
    queued_bytes_ += framed.size();
    queue_.push_back(std::move(framed));
    if (queue_.size() == 1) write();
  }

  void write() {
    boost::asio::async_write(socket_, boost::asio::buffer(queue_.front()),
                             [me = self()](const boost::system::error_code& error, std::size_t) {
                               if (me->closed_) return;
                               if (error) return me->close();
                               me->queued_bytes_ -= me->queue_.front().size();
                               me->queue_.pop_front();
                               me->touch();
                               if (!me->queue_.empty()) return me->write();
                               me->close_if_done();
                             });
  }

  void close_if_done() {
    if (input_ended_ && !in_flight_ && queue_.empty()) close();
  }

  std::shared_ptr<Shared> shared_;
  tcp::socket socket_;
  boost::asio::steady_timer timer_;
  Client client_;
  SteadyTime active_{};
  std::array<std::uint8_t, 2> length_{};
  std::vector<std::uint8_t> packet_;
  std::deque<std::vector<std::uint8_t>> queue_;
  std::size_t queued_bytes_ = 0, in_flight_ = 0;
  bool paused_ = false, input_ended_ = false, closed_ = false;
};

TcpListener::TcpListener(boost::asio::io_context& context, const Endpoint& at, Socket socket, QueryHandler& handler,
                         int worker, const Clock& clock)
    : shared_(std::make_shared<Shared>(context, handler, worker, clock)) {
  shared_->acceptor.assign(at.address.is_v4() ? tcp::v4() : tcp::v6(), socket.release());
}

TcpListener::~TcpListener() {
  stop();
  for (const auto& connection : std::vector(shared_->connections.begin(), shared_->connections.end()))
    connection->close();
}

void TcpListener::start() { accept(shared_); }

void TcpListener::accept(const std::shared_ptr<Shared>& shared) {
  shared->acceptor.async_accept([shared](const boost::system::error_code& error, tcp::socket socket) {
    if (error == boost::asio::error::operation_aborted || !shared->acceptor.is_open()) return;
    if (!error) adopt(shared, std::move(socket));
    if (!error || error == boost::asio::error::connection_aborted) return accept(shared);
    // Out of descriptors or memory: try again soon rather than spin.
    shared->retry.expires_after(kAcceptRetry);
    shared->retry.async_wait([shared](const boost::system::error_code& cancelled) {
      if (!cancelled && shared->acceptor.is_open()) accept(shared);
    });
  });
}

void TcpListener::adopt(const std::shared_ptr<Shared>& shared, tcp::socket socket) {
  boost::system::error_code error;
  tcp::endpoint remote = socket.remote_endpoint(error);
  if (error) return;  // gone already
  Client client;
  client.address = IpAddress::from(*remote.data());
  client.port = remote.port();
  client.transport = Transport::tcp;
  if (const auto own = shared->by_client.find(client.address);
      own != shared->by_client.end() && own->second >= kMaxPerClient)
    return;
  if (shared->connections.size() >= kMaxConnections) {
    const auto idlest =
        std::min_element(shared->connections.begin(), shared->connections.end(),
                         [](const auto& a, const auto& b) { return a->last_active() < b->last_active(); });
    (*idlest)->close();
  }
  shared->by_client[client.address]++;
  socket.set_option(tcp::no_delay(true), error);
  const auto connection = std::make_shared<Connection>(shared, std::move(socket), client);
  shared->connections.insert(connection);
  connection->start();
}

void TcpListener::leave() {
  if (!shared_->acceptor.is_open()) return;
  boost::system::error_code error;
  shared_->acceptor.non_blocking(true, error);
  while (!error) {
    tcp::socket socket = shared_->acceptor.accept(error);
    if (!error) adopt(shared_, std::move(socket));
  }
  shared_->acceptor.close(error);
  shared_->retry.cancel();
}

void TcpListener::stop() {
  if (shared_->stopped) return;
  leave();
  shared_->stopped = true;
  for (const auto& connection : std::vector(shared_->connections.begin(), shared_->connections.end()))
    connection->finish();
}

std::size_t TcpListener::connections() const { return shared_->connections.size(); }

}  // namespace sinkfeed
