// One TCP connection, and what all of a worker share: TcpClients' inside.
#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "resolver/tcp_clients.hpp"

namespace sinkfeed {

struct TcpClients::Shared {
  Shared(QueryHandler& handler_, int worker_, const Clock& clock_)
      : handler(handler_), worker(worker_), clock(clock_), out(dns::kMaxMessage), waste(limits.largest_query) {}
  QueryHandler& handler;
  int worker;
  const Clock& clock;
  TcpLimits limits;
  std::vector<std::uint8_t> out;
  std::vector<std::uint8_t> waste;  // what nobody will look at is read into it
  std::unordered_set<std::shared_ptr<TcpConnection>> connections;
  std::unordered_map<IpAddress, std::size_t> by_client;  // by client_network()
  std::size_t strangers = 0;
  std::size_t queued = 0;  // bytes of answers that were not taken yet

  bool is_busy() const { return connections.size() - strangers > limits.connections / 2; }
  // Strangers go before others, and who waits for nothing before who waits for us.
  std::shared_ptr<TcpConnection> idlest(bool with_strangers) const;
  void close_slowest_reader() const;
};

class TcpConnection final : public AnswerSender {
 public:
  TcpConnection(std::shared_ptr<TcpClients::Shared> shared, boost::asio::ip::tcp::socket socket, Client client,
                bool is_stranger, const void* listener);

  void start();
  void send(const Peer&, std::span<const std::uint8_t> answer) override;
  // The client is gone or must go; what is queued is not sent.
  void close();
  // No more queries are read; the connection ends when nothing is owed.
  void finish();

  const void* listener() const { return listener_; }
  bool is_stranger() const { return is_stranger_; }
  bool waits_for_us() const { return in_flight_ || is_delayed_; }
  SteadyTime last_active() const { return active_; }
  std::size_t queued() const { return queued_; }

 private:
  std::shared_ptr<TcpConnection> self() { return std::static_pointer_cast<TcpConnection>(shared_from_this()); }
  void touch();
  void arm();
  void read_on();
  void read_packet();
  void pass_over();
  void input_failed(const boost::system::error_code& error);
  void handle();
  void answer_now();
  void queue(std::span<const std::uint8_t> answer);
  void write();
  void close_if_done();

  std::shared_ptr<TcpClients::Shared> shared_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer idle_timer_, delay_timer_;
  Client client_;
  bool is_stranger_;
  const void* listener_;
  SteadyTime active_{};
  std::array<std::uint8_t, 2> length_{};
  std::vector<std::uint8_t> packet_;
  std::size_t left_ = 0;  // of the announced length, beyond the packet
  std::deque<std::vector<std::uint8_t>> queue_;
  std::size_t queued_ = 0, in_flight_ = 0;
  bool is_reading_ = false, is_delayed_ = false, input_ended_ = false, closed_ = false;
};

}  // namespace sinkfeed
