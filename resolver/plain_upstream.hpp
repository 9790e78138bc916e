// Upstream over plain DNS: UDP with unpredictable ports, IDs and letter case, TCP where UDP will not do, the fastest
// healthy server first, and the next one beside it when it is late.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <vector>

#include "config/clock.hpp"
#include "config/result.hpp"
#include "resolver/random_bytes.hpp"
#include "resolver/server_health.hpp"
#include "resolver/tcp_channel.hpp"
#include "resolver/udp_exchange.hpp"
#include "resolver/upstream.hpp"
#include "store/upstream_states.hpp"

namespace sinkfeed {

class PlainUpstream final : public Upstream, private UdpExchange::Owner {
 public:
  // `timeout`: how long one server may take. The context must outlive it and may be running: only what follows is its
  // thread's. `servers` is not empty. `strays`: see UdpExchange. What becomes of what is asked
  // is counted in `states`.
  static Result<std::unique_ptr<PlainUpstream>> open(boost::asio::io_context& context, std::vector<Endpoint> servers,
                                                     std::chrono::milliseconds timeout, const Clock& clock,
                                                     std::atomic<std::uint64_t>& strays, UpstreamStates& states);
  ~PlainUpstream() override;

  const std::vector<Endpoint>& servers() const override { return endpoints_; }
  void ask(const UpstreamQuestion& question, std::optional<std::size_t> only, Callback callback) override;
  bool is_down() const override { return health_.is_down(); }
  std::size_t outstanding() const override { return outstanding_; }
  void close() override;

 private:
  struct Server {
    Endpoint endpoint;
    std::shared_ptr<UpstreamState> state;
    std::unique_ptr<UdpExchange> udp;
    std::unique_ptr<TcpChannel> tcp;  // opened when first needed
    bool keeps_case = true;           // as far as we know: comes back in the case that was sent (0x20)
    SteadyTime plain_until{};         // until then it is asked without EDNS, because it did not understand it
  };
  struct Attempt;
  struct Try;
  enum class How : std::uint8_t { udp, tcp };

  PlainUpstream(boost::asio::io_context& context, std::vector<Endpoint> servers, std::chrono::milliseconds timeout,
                const Clock& clock, std::atomic<std::uint64_t>& strays, UpstreamStates& states);
  Attempt& take_attempt();
  void ask_next(Attempt& attempt, SteadyTime now);
  void ask_server(Attempt& attempt, std::size_t server, SteadyTime now);
  Try& send(Attempt& attempt, std::size_t server, How how, bool edns, SteadyTime now);
  void send_over_tcp(Try& one);
  void landed(UdpExchange::Flight& flight, UdpExchange::Outcome outcome, std::span<const std::uint8_t> answer) override;
  void finished(Try& one, UpstreamOutcome outcome, std::span<const std::uint8_t> answer);
  void judge_answer(const Try& one, std::span<const std::uint8_t> answer);
  // True: the answer raises a doubt, and the same server is asked once more in another way.
  bool asked_again(const Try& one, std::span<const std::uint8_t> answer);
  void failed(Attempt& attempt, const Endpoint& server);
  void conclude(Attempt& attempt, const UpstreamAnswer& answer);
  void ask_beside_the_late();
  void arm();

  boost::asio::io_context& context_;
  boost::asio::steady_timer timer_;
  std::vector<Endpoint> endpoints_;
  std::vector<Server> servers_;
  ServerHealth health_;
  std::chrono::milliseconds timeout_;
  const Clock& clock_;
  RandomBytes random_;
  // What is done with is used again: their strings keep their memory.
  std::vector<std::unique_ptr<Attempt>> attempts_;
  std::vector<Attempt*> idle_attempts_;
  std::vector<std::unique_ptr<Try>> tries_;
  std::vector<Try*> idle_tries_;
  std::size_t outstanding_ = 0;  // attempts whose callback has not run
  bool armed_ = false, closed_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // what is posted looks whether it still is
};

}  // namespace sinkfeed
