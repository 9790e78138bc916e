// Upstream over c-ares: several recycled channels a server, unpredictable IDs, fail-over between servers.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <unordered_set>
#include <vector>

#include "config/clock.hpp"
#include "resolver/cares_channel.hpp"
#include "resolver/random_bytes.hpp"
#include "resolver/upstream.hpp"

namespace sinkfeed {

class CaresUpstream final : public Upstream {
 public:
  // `timeout`: how long one server may take. The context must outlive it. `servers` is not empty.
  static Result<std::unique_ptr<CaresUpstream>> open(boost::asio::io_context& context, std::vector<Endpoint> servers,
                                                     std::chrono::milliseconds timeout, const Clock& clock);
  ~CaresUpstream() override;

  const std::vector<Endpoint>& servers() const override { return endpoints_; }
  void ask(const UpstreamQuestion& question, std::optional<std::size_t> only, Callback callback) override;
  void close() override;

 private:
  struct Server {
    Endpoint endpoint;
    std::vector<std::unique_ptr<CaresChannel>> channels;
    std::vector<std::unique_ptr<CaresChannel>> retiring;  // used up, still waiting for answers
    int failures = 0;                                     // time-outs in a row
    SteadyTime avoid_until{};
  };
  struct Attempt;

  CaresUpstream(boost::asio::io_context& context, std::vector<Endpoint> servers, std::chrono::milliseconds timeout,
                const Clock& clock);
  CaresChannel* choose_channel(Server& server);
  void try_next(const std::shared_ptr<Attempt>& attempt);
  void finished(const std::shared_ptr<Attempt>& attempt, std::size_t server, int status,
                std::span<const std::uint8_t> message);
  void arm();

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  std::vector<Endpoint> endpoints_;
  std::vector<Server> servers_;
  std::chrono::milliseconds timeout_;
  const Clock& clock_;
  RandomBytes random_;
  std::unordered_set<std::shared_ptr<Attempt>> attempts_;
  bool armed_ = false, closed_ = false;
};

}  // namespace sinkfeed
