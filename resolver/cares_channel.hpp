// One c-ares channel to one server, driven by Asio. c-ares 1.18.1 keeps one UDP socket (one source port) to a server
// for as long as queries overlap, and closes it when nothing is outstanding: so a channel is used for a few questions
// and then rests until that is so (RFC 5452 4.5). Its sockets are ours, so that we see what c-ares only ignores:
// packets that answer nothing that was asked.
#pragma once

#include <ares.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

class CaresChannel {
 public:
  enum class Transport : std::uint8_t { udp, tcp };
  // `timeout`: how long one question may take. A question is sent once; UDP answers that are truncated are asked for
  // again over TCP. `strays`, which outlives it, counts packets that answer nothing; this thread alone adds to it.
  static Result<std::unique_ptr<CaresChannel>> open(boost::asio::io_context& context, const Endpoint& server,
                                                    std::chrono::milliseconds timeout, Transport transport,
                                                    std::atomic<std::uint64_t>& strays);
  ~CaresChannel();  // outstanding callbacks run with ARES_EDESTRUCTION
  CaresChannel(const CaresChannel&) = delete;
  CaresChannel& operator=(const CaresChannel&) = delete;

  // Beside c-ares' own: somebody answers this question with IDs that it was not asked with.
  static constexpr int kForged = -1;
  using Callback = std::function<void(int status, std::span<const std::uint8_t> message)>;
  // `message`: a whole query with its ID, which stays valid until the callback has run. The callback runs once, perhaps
  // before send() returns.
  void send(std::span<const std::uint8_t> message, Callback callback);
  // Lets c-ares see to time-outs; call it every few tens of milliseconds while outstanding() is not zero.
  void tick();

  std::size_t outstanding() const { return outstanding_; }
  std::size_t sent() const { return sent_; }  // questions from the present port; 0: the next one has a new port

 private:
  struct Watch;
  struct Pending {
    CaresChannel* channel;
    std::span<const std::uint8_t> sent;
    Callback callback;  // kept when it has run: it may own what `sent` points to
    int near_misses = 0;
    bool concluded = false;
  };
  CaresChannel(boost::asio::io_context& context, std::atomic<std::uint64_t>& strays)
      : context_(context), strays_(strays) {}
  static const ares_socket_functions kSockets;
  static ares_ssize_t receive(ares_socket_t socket, void* buffer, size_t size, int flags, sockaddr* from,
                              ares_socklen_t* from_size, void* self);
  void look_at(std::span<const std::uint8_t> packet);
  static void on_socket_state(void* self, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* pending, int status, int timeouts, unsigned char* message, int size);
  void watch(const std::shared_ptr<Watch>& socket);

  boost::asio::io_context& context_;
  ares_channel channel_ = nullptr;
  std::unordered_map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  std::vector<Pending*> waiting_;  // c-ares owns them
  std::atomic<std::uint64_t>& strays_;
  std::size_t outstanding_ = 0, sent_ = 0;
};

}  // namespace sinkfeed
