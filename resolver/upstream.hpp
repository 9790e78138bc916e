// Asks the upstream servers. An interface, because encrypted transports come beside plain DNS.
// Each instance belongs to one thread and its io_context; all calls and callbacks are on that thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "config/address.hpp"

namespace sinkfeed {

struct UpstreamQuestion {
  std::string name;  // wire format, in the case it is to be sent in
  std::uint16_t type = 0;
  std::uint16_t klass = 1;
  bool dnssec_ok = false;
  bool checking_disabled = false;
  bool authentic_data = false;  // we want to know whether it was validated (RFC 6840 5.7)
  // Asked as if for clients in there (RFC 7871); none: nothing is said of clients. Not if the server refuses EDNS.
  std::optional<Network> client_subnet{};
};

enum class UpstreamOutcome : std::uint8_t {
  answered,     // `message` is the server's answer, whatever its RCODE; it has the question's name and type, no more is
                // checked
  timed_out,    // nobody answered in time
  unreachable,  // the network said no: refused connection, no route, no socket
  cancelled,    // the upstream is being closed
};

struct UpstreamAnswer {
  UpstreamOutcome outcome = UpstreamOutcome::timed_out;
  std::span<const std::uint8_t> message;  // valid during the callback only
  Endpoint server;                        // who answered, or was asked last
};

class Upstream {
 public:
  using Callback = std::function<void(const UpstreamAnswer&)>;
  virtual ~Upstream() = default;
  virtual const std::vector<Endpoint>& servers() const = 0;
  // Asks the servers, healthy and fast ones first, until one answers with anything but SERVFAIL, REFUSED or NOTIMP; if
  // all do that, the last such answer is passed on. A server that takes longer than it should is not waited for: the
  // next is asked beside it. `only`: ask just that one (index into servers()). The callback runs
  // once, never before ask() has returned.
  virtual void ask(const UpstreamQuestion& question, std::optional<std::size_t> only, Callback callback) = 0;
  // No server has answered lately: an answer will hardly come.
  virtual bool is_down() const = 0;
  // Questions whose callback has not run yet.
  virtual std::size_t outstanding() const = 0;
  // Every outstanding callback runs with `cancelled` before it returns; later calls of ask() do the same.
  virtual void close() = 0;
};

}  // namespace sinkfeed
