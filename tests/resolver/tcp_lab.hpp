// TCP clients of a QueryHandler made for tests; who they say they are is what the test says.
#pragma once

#include <boost/asio.hpp>

#include "resolver/tcp_clients.hpp"
#include "tests/resolver/handler_lab.hpp"

namespace sinkfeed::test {

using namespace std::chrono_literals;

// The other end of a connection.
class TcpPeer {
 public:
  explicit TcpPeer(boost::asio::io_context& context) : socket(context) {}

  void write(const Bytes& bytes) {
    boost::system::error_code ignored;  // it may have been closed
    boost::asio::write(socket, boost::asio::buffer(bytes), ignored);
  }
  static Bytes framed(const Bytes& message) {
    Bytes bytes;
    put16(bytes, static_cast<unsigned>(message.size()));
    bytes.insert(bytes.end(), message.begin(), message.end());
    return bytes;
  }
  void ask(std::string_view name, std::uint16_t type = dns::A, std::uint16_t id = 1) {
    QueryShape shape;
    shape.id = id, shape.edns = true;
    write(framed(query(name, type, shape)));
  }
  // Takes what has come.
  void read() {
    socket.non_blocking(true);
    for (Bytes part(65536);;) {
      boost::system::error_code error;
      const std::size_t size = socket.read_some(boost::asio::buffer(part), error);
      if (error == boost::asio::error::would_block) break;
      if (error) {
        ended = true;
        break;
      }
      data_.insert(data_.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(size));
    }
    while (data_.size() >= 2 && data_.size() >= 2u + dns::read16(data_.data())) {
      const auto end = data_.begin() + 2 + dns::read16(data_.data());
      replies.push_back({Bytes(data_.begin() + 2, end)});
      data_.erase(data_.begin(), end);
    }
    socket.non_blocking(false);
  }

  boost::asio::ip::tcp::socket socket;
  std::vector<Reply> replies;
  bool ended = false;

 private:
  Bytes data_;
};

class TcpLab : public HandlerLab {
 protected:
  using tcp = boost::asio::ip::tcp;

  // After `settings` and `limits` were changed.
  TcpClients& clients() {
    if (!clients_) clients_.emplace(handler(), 0, clock);
    clients_->set_limits(limits);
    return *clients_;
  }
  std::unique_ptr<TcpPeer> connect(std::string_view from = "10.0.0.7", int buffer = 0) {
    auto peer = std::make_unique<TcpPeer>(context);
    peer->socket.open(tcp::v4());
    if (buffer) peer->socket.set_option(boost::asio::socket_base::receive_buffer_size(buffer));
    tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
    peer->socket.connect(acceptor.local_endpoint());
    tcp::socket accepted = acceptor.accept();
    if (buffer) accepted.set_option(boost::asio::socket_base::send_buffer_size(buffer));
    clients().add(std::move(accepted), IpAddress::parse(from).value(), 4242, this);
    return peer;
  }
  bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds patience = 5s) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      context.restart();
      context.run_for(2ms);
    }
    return true;
  }
  void run(std::chrono::milliseconds how_long) {
    run_until([] { return false; }, how_long);
  }
  bool gets(TcpPeer& peer, std::size_t answers) {
    return run_until([&] {
      peer.read();
      return peer.replies.size() >= answers;
    });
  }
  bool ends(TcpPeer& peer, std::chrono::milliseconds patience = 5s) {
    return run_until(
        [&] {
          peer.read();
          return peer.ended;
        },
        patience);
  }
  // In the cache from now on: an answer of some 60 KB.
  void cache_big_answer() {
    std::vector<Rr> records;
    for (int i = 0; i < 230; i++)
      records.push_back({"big.test", dns::TXT, 300, '\xf8' + std::to_string(1000 + i) + std::string(244, 'x')});
    ask_through("big.test", dns::TXT, response("big.test", dns::TXT, 0, records));
  }

  TcpLimits limits;
  boost::asio::io_context context;

 private:
  std::optional<TcpClients> clients_;
};

}  // namespace sinkfeed::test
