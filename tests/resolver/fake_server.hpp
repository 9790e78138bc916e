// A DNS server for tests that does exactly as it is told, over UDP and TCP, on a free port of loopback.
#pragma once

#include <boost/asio.hpp>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "config/address.hpp"
#include "tests/resolver/messages.hpp"

namespace sinkfeed::test {

class FakeServer {
 public:
  struct Question {
    Bytes packet;
    bool tcp = false;
    unsigned id() const { return packet[0] << 8u | packet[1]; }
    // QNAME as it was sent, and where what follows the question begins.
    std::string name() const { return std::string(reinterpret_cast<const char*>(packet.data()) + 12, name_size()); }
    std::size_t name_size() const {
      std::size_t at = 12;
      while (packet[at]) at += packet[at] + 1u;
      return at + 1 - 12;
    }
    bool edns() const { return packet[11] == 1; }
    std::uint16_t type() const {
      return static_cast<std::uint16_t>(packet[12 + name_size()] << 8 | packet[12 + name_size() + 1]);
    }
    // An answer to it: header, the question as it came, one A record.
    Bytes answer(unsigned flags = 0x8180, std::string_view quad = "198.51.100.1") const {
      Bytes message(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(12 + name_size() + 4));
      message[2] = static_cast<std::uint8_t>(flags >> 8), message[3] = static_cast<std::uint8_t>(flags);
      const bool with_address = (flags & 0xf) == 0 && !(flags & 0x200);
      message[6] = 0, message[7] = with_address, message[8] = message[9] = message[10] = message[11] = 0;
      if (with_address) {
        put16(message, 0xc00c), put16(message, 1), put16(message, 1), put32(message, 300), put16(message, 4);
        put(message, a(quad));
      }
      return message;
    }
  };
  // What goes back, each as a message of its own; nothing: silence.
  using Behaviour = std::function<std::vector<Bytes>(const Question&)>;

  explicit FakeServer(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    using namespace boost::asio::ip;
    acceptor_.open(tcp::v4());
    acceptor_.bind({address_v4::loopback(), 0});
    acceptor_.listen();
    udp_.open(udp::v4());
    udp_.bind({address_v4::loopback(), acceptor_.local_endpoint().port()});
    receive();
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~FakeServer() {
    context_.stop();
    thread_.join();
  }

  // From now on nobody can connect.
  void refuse_tcp() {
    std::promise<void> done;
    boost::asio::post(context_, [&] { acceptor_.close(), done.set_value(); });
    done.get_future().wait();
  }

  Endpoint endpoint() const { return Endpoint::parse("127.0.0.1", udp_.local_endpoint().port()).value(); }
  std::size_t udp_questions() const {
    return locked([&] { return udp_questions_; });
  }
  std::size_t tcp_questions() const {
    return locked([&] { return tcp_questions_; });
  }
  Bytes last_packet() const {
    return locked([&] { return last_packet_; });
  }
  std::set<unsigned> source_ports() const {
    return locked([&] { return ports_; });
  }
  std::set<unsigned> ids() const {
    return locked([&] { return ids_; });
  }
  std::set<std::string> names() const {
    return locked([&] { return names_; });
  }

 private:
  template <class Read>
  std::invoke_result_t<Read> locked(const Read& read) const {
    const std::lock_guard lock(mutex_);
    return read();
  }
  std::vector<Bytes> handle(const Question& question, unsigned port) {
    const std::lock_guard lock(mutex_);
    (question.tcp ? tcp_questions_ : udp_questions_)++;
    last_packet_ = question.packet;
    ports_.insert(port), ids_.insert(question.id()), names_.insert(question.name());
    return behaviour_(question);
  }
  void receive() {
    udp_.async_receive_from(
        boost::asio::buffer(room_), from_, [this](boost::system::error_code error, std::size_t size) {
          if (error) return;
          const Question question{Bytes(room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(size)), false};
          for (const Bytes& reply : handle(question, from_.port())) udp_.send_to(boost::asio::buffer(reply), from_);
          receive();
        });
  }
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      serve(std::make_shared<boost::asio::ip::tcp::socket>(std::move(socket)));
      accept();
    });
  }
  void serve(const std::shared_ptr<boost::asio::ip::tcp::socket>& socket) {
    auto room = std::make_shared<Bytes>(2);
    boost::asio::async_read(*socket, boost::asio::buffer(*room), [this, socket, room](auto error, std::size_t) {
      if (error) return;
      room->resize(static_cast<std::size_t>((*room)[0] << 8 | (*room)[1]));
      boost::asio::async_read(*socket, boost::asio::buffer(*room), [this, socket, room](auto failed, std::size_t) {
        if (failed) return;
        for (const Bytes& reply : handle({*room, true}, socket->remote_endpoint().port())) {
          Bytes framed;
          put16(framed, static_cast<unsigned>(reply.size()));
          framed.insert(framed.end(), reply.begin(), reply.end());
          boost::system::error_code ignored;
          boost::asio::write(*socket, boost::asio::buffer(framed), ignored);
        }
        serve(socket);
      });
    });
  }

  Behaviour behaviour_;
  boost::asio::io_context context_;
  boost::asio::ip::udp::socket udp_{context_};
  boost::asio::ip::tcp::acceptor acceptor_{context_};
  boost::asio::ip::udp::endpoint from_;
  std::array<std::uint8_t, 4096> room_{};
  mutable std::mutex mutex_;
  std::size_t udp_questions_ = 0, tcp_questions_ = 0;
  Bytes last_packet_;
  std::set<unsigned> ports_, ids_;
  std::set<std::string> names_;
  std::thread thread_;
};

}  // namespace sinkfeed::test
