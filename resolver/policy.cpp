#include "resolver/policy.hpp"

#include <algorithm>

namespace sinkfeed {

Decision Policy::decide(std::string_view name, std::uint16_t type, std::uint16_t klass) const {
  Decision decision;
  if (klass != dns::IN || type == dns::AXFR || type == dns::IXFR) {
    decision.action = Decision::Action::refuse;
    decision.rule = klass != dns::IN ? "only class IN is served" : "no zone transfers";
    return decision;
  }
  decision.coverage = catalogue_->find(name);
  if (decision.coverage.kind != Coverage::Kind::target) {
    if (type == dns::ANY) {
      decision.action = Decision::Action::any;
      decision.rule = "RFC 8482";
    } else if (const auto local = local_name(name, type);
               local && decision.coverage.kind == Coverage::Kind::none && !is_forwarded_anyway(name)) {
      decision.action = Decision::Action::local;
      decision.local = local;
      decision.rule = local->why;
    }
    return decision;
  }
  decision.target = name;
  decision.rule = catalogue_->describe(decision.coverage);
  switch (catalogue_->rule(decision.coverage).match) {
    case Match::exact:
    case Match::suffix:
      // SRV answers pass, stripped: an empty one would send XMPP clients to the A record of the bare domain.
      decision.action = type == dns::SRV ? Decision::Action::strip : Decision::Action::block;
      break;
    case Match::srv:
      decision.action = type == dns::SRV ? Decision::Action::strip : Decision::Action::no_data;
      break;
    case Match::no_data:
      decision.action = Decision::Action::no_data;
      break;
  }
  return decision;
}

bool Policy::is_forwarded_anyway(std::string_view name) const {
  if (forward_anyway_.empty()) return false;
  const DnsName asked = DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  return std::any_of(forward_anyway_.begin(), forward_anyway_.end(),
                     [&](const DnsName& above) { return asked.is_at_or_below(above); });
}

std::optional<Decision> Policy::decide_by_answer(const Decision& by_name, std::uint16_t type,
                                                 std::span<const DnsName> names) const {
  if (by_name.coverage.kind != Coverage::Kind::none) return std::nullopt;
  std::optional<Decision> led;
  for (const DnsName& name : names) {
    const Coverage coverage = catalogue_->find(name);
    if (coverage.kind == Coverage::Kind::never) return std::nullopt;
    if (coverage.kind != Coverage::Kind::target || led) continue;
    led.emplace();
    led->action = type == dns::SRV ? Decision::Action::strip : Decision::Action::block;
    led->coverage = coverage;
    led->target = name.wire();
    led->rule = catalogue_->describe(coverage) + ", by way of " + name.text();
  }
  return led;
}

}  // namespace sinkfeed
