// The part of the sweep that knows which names are watched, and for which types.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "resolver/sweep_parts.hpp"

namespace sinkfeed {

namespace {

// How long targets wait at most for the first answers to never-listed names.
constexpr auto kNeverFirst = std::chrono::seconds(10);

bool begins_with_underscore(const DnsName& name) { return name.wire().size() > 1 && name.wire()[1] == '_'; }

// Where a name gives away addresses. HTTPS does by its hints (RFC 9460 7.3).
std::vector<std::uint16_t> types_for(const DnsName& name) {
  // Owners of SRV records (RFC 2782) and of services at other ports (RFC 9460 2.3); nothing else that begins so is
  // asked for addresses.
  if (begins_with_underscore(name)) return {dns::SRV, dns::HTTPS, dns::SVCB};
  return {dns::A, dns::AAAA, dns::HTTPS};
}

std::vector<std::uint16_t> types_for(const NameRule& rule) {
  if (rule.match == Match::srv) return {dns::SRV};
  return types_for(rule.name);
}

SweptName swept(Target target, std::vector<std::uint16_t> types) {
  SweptName name;
  name.target = std::move(target);
  name.types = std::move(types);
  return name;
}

}  // namespace

void Sweep::Parts::add_never_names() {
  const SteadyTime now = store.clock->steady();
  for (const NeverRule* rule : catalogue().never_rules()) {
    SweptName name = swept({rule->name, rule->name, ""}, types_for(rule->name));
    name.never = rule;
    name.from_profile = true;
    schedule->add(std::move(name), now);
  }
  never_left = schedule->size();
  targets_wait_until = now + kNeverFirst;
  targets_wait = true;
}

void Sweep::Parts::add_targets() {
  targets_wait = false;
  const SteadyTime now = store.clock->steady();
  for (const Profile& profile : catalogue().profiles()) {
    for (const NameRule& rule : profile.names) {
      if (!catalogue().is_on(rule.tier) || rule.match == Match::no_data) continue;
      SweptName name = swept({rule.name, rule.name, profile.name}, types_for(rule));
      name.from_profile = true;
      if (auto former = former_samples.extract(rule.name)) name.samples = std::move(former.mapped());
      schedule->add(std::move(name), now);
    }
  }
  for (Target& target : std::exchange(learned, {})) {
    const Coverage covered = catalogue().find(target.covered);
    if (covered.kind != Coverage::Kind::target) continue;
    target.profile = profile_of(covered);
    add_target(target);
  }
  former_samples.clear();
}

void Sweep::Parts::add_target(const Target& target) {
  const Coverage coverage = catalogue().find(target.name);
  if (coverage.kind == Coverage::Kind::never) return;
  const NameRule* rule = coverage.kind == Coverage::Kind::target ? &catalogue().rule(coverage) : nullptr;
  if (rule && rule->match == Match::no_data) return;
  SweptName name = swept(target, rule && rule->match == Match::srv ? types_for(*rule) : types_for(target.name));
  if (auto former = former_samples.extract(target.name)) name.samples = std::move(former.mapped());
  if (schedule->add(std::move(name), store.clock->steady()) || said_full ||
      schedule->size() < SweepSchedule::kMaxNames || schedule->find(target.name))
    return;
  said_full = true;
  spdlog::warn("the sweep watches {} names and takes no more; {} is sunk but its addresses are not recorded",
               schedule->size(), target.name.text());
}

void Sweep::Parts::follow(const SweptName& name, const Question& question, const JudgedAnswer& judged) {
  const Target from = name.target;
  // Whoever owns a covered name says by these records where its service is. A foreign name's say nothing.
  const bool names_hosts = (question.type == dns::SRV || question.type == dns::SVCB || question.type == dns::HTTPS) &&
                           catalogue().find(from.name).kind == Coverage::Kind::target;
  for (const DnsName& led : judged.leads_to) {
    const Coverage coverage = catalogue().find(led);
    if (coverage.kind == Coverage::Kind::target) {
      add_target({led, led, profile_of(coverage)});
    } else if (coverage.kind == Coverage::Kind::none && names_hosts &&
               std::find(judged.chain.begin(), judged.chain.end(), led) == judged.chain.end()) {
      add_target({led, from.covered, from.profile, true});
    }
  }
}

}  // namespace sinkfeed
