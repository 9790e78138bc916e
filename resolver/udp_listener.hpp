// One UDP socket of one worker: where packets enter (recvmmsg) and answers leave (sendmmsg). Hot path.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <vector>

#include "config/clock.hpp"
#include "config/result.hpp"
#include "resolver/cache.hpp"
#include "resolver/client.hpp"
#include "resolver/query_handler.hpp"

namespace sinkfeed {

class UdpListener final : public AnswerSender {
 public:
  // Binds with SO_REUSEPORT: every worker has its own socket on the same address, and the kernel spreads clients over
  // them. The Problem names who occupies the port, if that can be found. All references outlive the listener.
  static Result<std::shared_ptr<UdpListener>> open(boost::asio::io_context& context, const Endpoint& at,
                                                   QueryHandler& handler, Cache& cache, int worker, const Clock& clock,
                                                   WorkerCounters& counters);
  ~UdpListener() override;

  void start();
  // Answers what the kernel still holds, then listens no more; answers that wait for upstream can still be sent.
  void stop();

  void send(const Peer& peer, std::span<const std::uint8_t> answer) override;

 private:
  static constexpr int kBatch = 64;
  struct Batch;

  UdpListener(boost::asio::io_context& context, int socket, bool wildcard, QueryHandler& handler, Cache& cache,
              int worker, const Clock& clock, WorkerCounters& counters);
  void wait();
  void go_on();
  // Answers up to kMaxBatches batches. True: the last one was full, there may be more.
  bool drain();
  void answer_batch(int count);

  boost::asio::io_context& context_;
  boost::asio::posix::stream_descriptor descriptor_;  // open while the socket is in epoll
  int socket_;
  bool wildcard_;
  bool stopped_ = false;
  QueryHandler& handler_;
  Cache& cache_;
  int worker_;
  const Clock& clock_;
  WorkerCounters& counters_;
  std::unique_ptr<Batch> batch_;
};

}  // namespace sinkfeed
