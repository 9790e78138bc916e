// One UDP socket of one worker: where packets enter (recvmmsg) and answers leave (sendmmsg). Hot path.
#pragma once

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>

#include "config/clock.hpp"
#include "resolver/client.hpp"
#include "resolver/query_handler.hpp"
#include "resolver/socket_address.hpp"

namespace sinkfeed {

class UdpListener final : public AnswerSender {
 public:
  // `socket`: bound to `at` by bind_socket. Every worker has its own socket on the same address, and the kernel spreads
  // clients over them. All references outlive the listener, which a shared_ptr must own.
  UdpListener(boost::asio::io_context& context, const Endpoint& at, Socket socket, QueryHandler& handler, int worker,
              const Clock& clock, WorkerCounters& counters);
  ~UdpListener() override;

  void start();
  // Answers what the kernel still holds, then listens no more: later packets go to the other sockets of the address.
  // Answers that wait for upstream can still be sent.
  void stop();

  // Leaves together with the others of this turn of the event loop.
  void send(const Peer& peer, std::span<const std::uint8_t> answer) override;

 private:
  static constexpr int kBatch = 64;
  struct Batch;
  struct LateAnswers;

  void wait();
  void go_on();
  // Answers up to kMaxBatches batches. True: the last one was full, there may be more.
  bool drain();
  void answer_batch(int count);
  void send_late();
  void send_all(mmsghdr* answers, int count);

  boost::asio::io_context& context_;
  boost::asio::posix::stream_descriptor descriptor_;  // open while the socket is in epoll
  Endpoint at_;
  int socket_;
  bool wildcard_;
  bool stopped_ = false;
  QueryHandler& handler_;
  int worker_;
  const Clock& clock_;
  WorkerCounters& counters_;
  std::unique_ptr<Batch> batch_;
  std::unique_ptr<LateAnswers> late_;
};

}  // namespace sinkfeed
