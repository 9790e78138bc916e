// One c-ares channel to one server, driven by Asio. c-ares 1.18.1 keeps one UDP socket (one source port) to a server
// for as long as queries overlap: so channels are used for a bounded number of questions and then replaced (RFC
// 5452 4.5).
#pragma once

#include <ares.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

class CaresChannel {
 public:
  enum class Transport : std::uint8_t { udp, tcp };
  // `timeout`: how long one question may take. A question is sent once; UDP answers that are truncated are asked for
  // again over TCP.
  static Result<std::unique_ptr<CaresChannel>> open(boost::asio::io_context& context, const Endpoint& server,
                                                    std::chrono::milliseconds timeout, Transport transport);
  ~CaresChannel();  // outstanding callbacks run with ARES_EDESTRUCTION
  CaresChannel(const CaresChannel&) = delete;
  CaresChannel& operator=(const CaresChannel&) = delete;

  using Callback = std::function<void(int status, std::span<const std::uint8_t> message)>;
  // `message`: a whole query with its ID. The callback may run before send() returns.
  void send(std::span<const std::uint8_t> message, Callback callback);
  // Lets c-ares see to time-outs; call it every few tens of milliseconds while outstanding() is not zero.
  void tick();

  std::size_t outstanding() const { return outstanding_; }
  std::size_t sent() const { return sent_; }  // questions since it was opened

 private:
  struct Watch;
  struct Pending {
    CaresChannel* channel;
    Callback callback;
  };
  explicit CaresChannel(boost::asio::io_context& context) : context_(context) {}
  static void on_socket_state(void* self, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* pending, int status, int timeouts, unsigned char* message, int size);
  void watch(const std::shared_ptr<Watch>& socket);

  boost::asio::io_context& context_;
  ares_channel channel_ = nullptr;
  std::unordered_map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  std::size_t outstanding_ = 0, sent_ = 0;
};

}  // namespace sinkfeed
