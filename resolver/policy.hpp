// Decides what becomes of a question: by its name, and by what the answer leads to. Immutable; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "config/catalogue.hpp"
#include "config/settings.hpp"
#include "resolver/question.hpp"

namespace sinkfeed {

struct Decision {
  enum class Action : std::uint8_t {
    forward,  // ask upstream, then look at where the answer leads
    strip,    // ask upstream; a target's SRV records pass without addresses, marked as a target
    block,    // answer in the configured mode
    no_data,  // a target that never gets an address, whatever the mode
    refuse,   // REFUSED: zone transfers, classes other than IN
    any,      // RFC 8482: one HINFO
  };
  Action action = Action::forward;
  Coverage coverage;   // of the name, or of what it led to
  std::string target;  // the covered name, wire format: the question's own, or the one it led to
  std::string rule;    // for the history and the EDE; empty for a plain forward
};

class Policy {
 public:
  explicit Policy(std::shared_ptr<const Catalogue> catalogue) : catalogue_(std::move(catalogue)) {}

  // By name and type. `name`: wire format, lower case.
  Decision decide(std::string_view name, std::uint16_t type, std::uint16_t klass) const;
  // A forwarded question whose answer led to `names` by CNAME, SRV or SVCB/HTTPS: a target if one of them is, whatever
  // domain the question is in, unless one is on a never list. Nothing: it stays what it was.
  std::optional<Decision> decide_by_answer(const Decision& by_name, std::uint16_t type,
                                           std::span<const DnsName> names) const;

  const Catalogue& catalogue() const { return *catalogue_; }

 private:
  std::shared_ptr<const Catalogue> catalogue_;
};

}  // namespace sinkfeed
