// The way to one receiver of the history: a unix socket, UDP, TCP or TLS. Each call may wait for the receiver, but not
// longer than it says, and not when the thread is asked to stop.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include "config/result.hpp"
#include "config/sink_settings.hpp"

namespace sinkfeed {

class SinkChannel {
 public:
  // For a connection with its handshake, and for each piece that is received. Nothing taken for kStall: it is gone.
  static constexpr std::chrono::seconds kConnect{5}, kStall{60};

  SinkChannel(const SinkSettings& settings, std::stop_token stop);
  ~SinkChannel();
  SinkChannel(const SinkChannel&) = delete;
  SinkChannel& operator=(const SinkChannel&) = delete;

  // Whether the files of TLS can be used, if the sink has some.
  static Result<void> check(const SinkSettings& settings);
  // They are read anew each time.
  Result<void> open();
  void close();
  // What is sent and received from now on are the last words: they are short, and are not broken off.
  void begin_parting() { is_parting_ = true; }

  // All of it is in the kernel afterwards; over UDP it is one datagram.
  Result<void> send(std::string_view bytes);
  // Exactly so many bytes, within `patience`.
  Result<void> receive(char* into, std::size_t count, std::chrono::milliseconds patience);
  // Whether the other side has hung up or refuses.
  bool has_ended() const;
  // Whether the other side has read all that was sent: the kernel knows that of unix sockets alone.
  bool is_all_read() const;

 private:
  Result<void> connect(int family, int kind, const void* address, unsigned size);
  Result<void> shake_hands();
  Result<void> wait(short events, std::chrono::milliseconds patience);
  Result<void> tls(const std::function<int()>& step, std::chrono::milliseconds patience);
  Problem broke_off(int error) const;

  const SinkSettings settings_;
  const std::stop_token stop_;
  int socket_ = -1, wake_ = -1;
  bool is_parting_ = false;
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  struct EndTls {
    void operator()(SSL* session) const { SSL_free(session); }
  };
  std::unique_ptr<SSL, EndTls> session_;
};

}  // namespace sinkfeed
