// Decides what becomes of a question: by its name, and by what the answer leads to. Immutable; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/catalogue.hpp"
#include "config/settings.hpp"
#include "resolver/local_names.hpp"
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
    local,    // answered here, see `local`
  };
  Action action = Action::forward;
  std::optional<LocalName> local;  // for Action::local
  Coverage coverage;               // of the name, or of what it led to
  std::string target;              // the covered name, wire format: the question's own, or the one it led to
  std::string rule;                // for the history and the EDE; empty for a plain forward
};

class Policy {
 public:
  // `forward_anyway`: names that are asked upstream, with all below them, though local_names.hpp has them.
  explicit Policy(std::shared_ptr<const Catalogue> catalogue, std::vector<DnsName> forward_anyway = {})
      : catalogue_(std::move(catalogue)), forward_anyway_(std::move(forward_anyway)) {}

  // By name and type. `name`: wire format, lower case.
  // Class IN alone is served. CH (version.bind and its like) would tell strangers what runs here, HS has no users, and
  // ANY would need answers of several classes; NONE and what IANA has not assigned mean nothing in a question. All are
  // REFUSED, none is forwarded: upstream's names in another class are not ours to hand on, and no profile covers them.
  Decision decide(std::string_view name, std::uint16_t type, std::uint16_t klass) const;
  // A forwarded question whose answer led to `names` by CNAME, SRV or SVCB/HTTPS: a target if one of them is, whatever
  // domain the question is in, unless one is on a never list. Nothing: it stays what it was.
  std::optional<Decision> decide_by_answer(const Decision& by_name, std::uint16_t type,
                                           std::span<const DnsName> names) const;

  const Catalogue& catalogue() const { return *catalogue_; }

 private:
  bool is_forwarded_anyway(std::string_view name) const;
  std::shared_ptr<const Catalogue> catalogue_;
  std::vector<DnsName> forward_anyway_;
};

}  // namespace sinkfeed
