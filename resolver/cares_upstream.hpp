// Upstream over c-ares: several channels a server, each with a new port every few questions, unpredictable IDs and
// letter case, the fastest healthy server first, and the next one beside it when it is late.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <unordered_set>
#include <vector>

#include "config/clock.hpp"
#include "resolver/cares_channel.hpp"
#include "resolver/random_bytes.hpp"
#include "resolver/server_health.hpp"
#include "resolver/upstream.hpp"

namespace sinkfeed {

class CaresUpstream final : public Upstream {
 public:
  // `timeout`: how long one server may take. The context must outlive it and may be running: only what follows is its
  // thread's. `servers` is not empty. Before it is destroyed the context must have run once without anything
  // outstanding, or not run any more. `strays`: see CaresChannel.
  static Result<std::unique_ptr<CaresUpstream>> open(boost::asio::io_context& context, std::vector<Endpoint> servers,
                                                     std::chrono::milliseconds timeout, const Clock& clock,
                                                     std::atomic<std::uint64_t>& strays);
  ~CaresUpstream() override;

  const std::vector<Endpoint>& servers() const override { return endpoints_; }
  void ask(const UpstreamQuestion& question, std::optional<std::size_t> only, Callback callback) override;
  std::size_t outstanding() const override { return attempts_.size(); }
  void close() override;

 private:
  using Channels = std::vector<std::unique_ptr<CaresChannel>>;
  struct Server {
    Endpoint endpoint;
    Channels channels;                                  // one of them is chosen at random
    std::deque<std::unique_ptr<CaresChannel>> resting;  // the longest first, until their ports are closed
    std::unique_ptr<CaresChannel> tcp;                  // opened when first needed
    bool keeps_case = true;    // as far as we know: comes back in the case that was sent (0x20)
    SteadyTime plain_until{};  // until then it is asked without EDNS, because it did not understand it
  };
  struct Attempt;
  struct Try;

  CaresUpstream(boost::asio::io_context& context, std::vector<Endpoint> servers, std::chrono::milliseconds timeout,
                const Clock& clock, std::atomic<std::uint64_t>& strays);
  CaresChannel* choose_channel(Server& server);
  CaresChannel* tcp_channel(Server& server);
  void ask_next(const std::shared_ptr<Attempt>& attempt);
  void ask_server(const std::shared_ptr<Attempt>& attempt, std::size_t server);
  void post(const std::shared_ptr<Attempt>& attempt, std::size_t server, CaresChannel::Transport transport, bool edns);
  void send(const std::shared_ptr<Try>& one);
  void finished(const Try& one, int status, std::span<const std::uint8_t> message);
  // True: the answer raises a doubt, and the same server is asked once more in another way.
  bool asked_again(const Try& one, std::span<const std::uint8_t> message);
  void failed(const std::shared_ptr<Attempt>& attempt, const Endpoint& server);
  void conclude(const std::shared_ptr<Attempt>& attempt, const UpstreamAnswer& answer);
  void ask_beside_the_late();
  void arm();

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  std::vector<Endpoint> endpoints_;
  std::vector<Server> servers_;
  ServerHealth health_;
  std::chrono::milliseconds timeout_;
  const Clock& clock_;
  std::atomic<std::uint64_t>& strays_;
  RandomBytes random_;
  std::unordered_set<std::shared_ptr<Attempt>> attempts_;
  bool armed_ = false, closed_ = false;
};

}  // namespace sinkfeed
