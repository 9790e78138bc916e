// Questions to one server over UDP, each from a port that nobody can foresee (RFC 5452 4.5, 9.2).
//
// A port is a socket that is connected to the server, so that the kernel lets only the server's packets in, under a
// number that the kernel chose at random. It carries a few questions, all sent in one moment, and is closed when they
// are done with; the socket then waits for its next number. c-ares keeps a port for as long as questions overlap, takes
// one system call for each packet and gives answers of more than 512 bytes up for TCP: so this is ours, and TCP is its.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "resolver/client_subnet.hpp"
#include "resolver/socket_address.hpp"
#include "resolver/wire.hpp"

namespace sinkfeed {

class UdpExchange {
 public:
  enum class Outcome : std::uint8_t {
    answered,     // the question came back with its ID in an answer (QR); letter case is not compared
    oversize,     // so it did, in a packet larger than any that was asked for
    forged,       // somebody answers this question with IDs that it was not asked with
    timed_out,    // nothing came in time
    unreachable,  // the network said no: refused, no route, no socket
  };

  // One question on its way. Its owner keeps it where it is until it has landed.
  struct Flight {
    // Header, name, type and class, OPT with a client subnet.
    static constexpr std::size_t kMaxSize = dns::kHeaderSize + dns::kMaxName + 4 + 11 + kMaxClientSubnetOption;
    std::array<std::uint8_t, kMaxSize> message;  // a whole query with its ID
    std::uint16_t size = 0;
    std::span<const std::uint8_t> bytes() const { return {message.data(), size}; }

   private:
    friend class UdpExchange;
    SteadyTime deadline{};
    int near_misses = 0;
  };

  class Owner {
   public:
    // `answer` is valid during the call; empty unless it was answered. The exchange may be given new flights meanwhile.
    virtual void landed(Flight& flight, Outcome outcome, std::span<const std::uint8_t> answer) = 0;

   protected:
    ~Owner() = default;
  };

  // All on the context's thread. `strays` counts packets that answer nothing; this thread alone adds to it. Everything
  // that is passed in outlives the exchange.
  UdpExchange(boost::asio::io_context& context, const Endpoint& server, std::chrono::milliseconds timeout,
              const Clock& clock, std::atomic<std::uint64_t>& strays, Owner& owner);
  ~UdpExchange();
  UdpExchange(const UdpExchange&) = delete;
  UdpExchange& operator=(const UdpExchange&) = delete;

  // Leaves together with all others of this turn of the event loop; landed() is called once, not before send() returns.
  void send(Flight& flight);
  // Lets flights land whose time is over; to be called every few tens of milliseconds.
  void tick();
  // Flights that are on their way are forgotten: none of them lands.
  void close();

 private:
  struct Port {
    Socket socket;
    std::vector<Flight*> waiting;
  };
  struct Packets;

  void wait();
  void flush();
  void send_from(Port& port, std::span<Flight* const> flights);
  Port* take_port();
  bool open(Port& port);
  void release(Port& port);
  void receive_ready();
  void receive(Port& port);
  void take(Port& port, std::span<const std::uint8_t> packet, bool whole);
  void fail(Port& port);
  void land(const std::vector<Flight*>& flights, Outcome outcome);

  boost::asio::io_context& context_;
  boost::asio::posix::stream_descriptor poll_;  // an epoll of all ports: one wait for many
  Endpoint server_;
  std::chrono::milliseconds timeout_;
  const Clock& clock_;
  std::atomic<std::uint64_t>& strays_;
  Owner& owner_;
  std::unique_ptr<Packets> packets_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::vector<Port*> idle_;  // their sockets are open and have no port
  std::size_t next_busy_ = 0;
  std::vector<Flight*> queue_, leaving_;
  bool closed_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // what is posted looks whether it still is
};

}  // namespace sinkfeed
