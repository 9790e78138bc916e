// Questions to one server over TCP: a c-ares channel, driven by Asio. One connection, opened when it is first needed,
// pipelined, closed when nothing is outstanding (RFC 7766 6.2.1).
#pragma once

#include <ares.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

class TcpChannel {
 public:
  // `timeout`: how long one question may take.
  static Result<std::unique_ptr<TcpChannel>> open(boost::asio::io_context& context, const Endpoint& server,
                                                  std::chrono::milliseconds timeout);
  ~TcpChannel();  // outstanding callbacks run with ARES_EDESTRUCTION
  TcpChannel(const TcpChannel&) = delete;
  TcpChannel& operator=(const TcpChannel&) = delete;

  // `status`: c-ares', ARES_SUCCESS with an answer.
  using Callback = std::function<void(int status, std::span<const std::uint8_t> message)>;
  // `message`: a whole query with its ID, which stays valid until the callback has run. The callback runs once, perhaps
  // before send() returns. Not to be called from a callback.
  void send(std::span<const std::uint8_t> message, Callback callback);
  // Lets c-ares see to time-outs; call it every few tens of milliseconds while outstanding() is not zero.
  void tick();
  std::size_t outstanding() const { return outstanding_; }

 private:
  struct Watch;
  struct Pending {
    TcpChannel* channel;
    Callback callback;
  };
  explicit TcpChannel(boost::asio::io_context& context) : context_(context) {}
  static void on_socket_state(void* self, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* pending, int status, int timeouts, unsigned char* message, int size);
  void watch(const std::shared_ptr<Watch>& socket);

  boost::asio::io_context& context_;
  ares_channel channel_ = nullptr;
  std::unordered_map<ares_socket_t, std::shared_ptr<Watch>> watches_;
  std::size_t outstanding_ = 0;
};

}  // namespace sinkfeed
