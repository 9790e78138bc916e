// The part of the sweep that takes answers: to the ledger, and to the estimate of what is unseen.
#include <algorithm>
#include <cmath>

#include "resolver/client_subnet.hpp"
#include "resolver/observations.hpp"
#include "resolver/sweep_parts.hpp"
#include "resolver/upstream_query.hpp"

namespace sinkfeed {

namespace {

// How long a server that does not take client subnets is asked for none.
constexpr auto kWithoutSubnets = std::chrono::hours(1);
// How often the estimates of whole profiles are made anew.
constexpr auto kProfilesEvery = std::chrono::seconds(1);

PoolEstimate shown(const UnseenEstimate& estimate) {
  const auto whole = [](double addresses) { return static_cast<std::uint64_t>(std::llround(addresses)); };
  return {estimate.seen,        whole(estimate.total()), whole(estimate.low),
          whole(estimate.high), estimate.answers,        estimate.is_complete()};
}

}  // namespace

void Sweep::Parts::answered(const Question& question, const UpstreamAnswer& answer) {
  if (answer.outcome == UpstreamOutcome::cancelled) return;
  SweptName* name = schedule->find(question.name);
  if (!name) return;
  report(answer);
  if (answer.outcome == UpstreamOutcome::answered) {
    if (const auto judged = judge(answer.message, question.name.wire(), question.type, dns::IN)) {
      name->knows_it[question.server] = judged->rcode == dns::NOERROR;
      take(*name, name->plain, question, *judged, answer.server, nullptr);
    }
  }
  if (--name->plain.outstanding > 0) return;
  if (name->never && never_left) never_left--;
  if (schedule->finish(*name, store.clock->steady())) {
    publish(*name);
  } else {
    store.estimates.forget_target(question.name);
  }
}

void Sweep::Parts::answered_for_subnet(const DnsName& name, std::size_t track, const Network& subnet,
                                       const UpstreamAnswer& answer) {
  if (answer.outcome == UpstreamOutcome::cancelled) return;
  SweptName& swept = *schedule->find(name);  // is kept while its round lasts
  SubnetRound& round = *swept.subnet_round;
  const Question question{name, round.track(track).type, round.track(track).server};
  if (take_scope(round, track, subnet, answer)) {
    if (const auto judged = judge(answer.message, name.wire(), question.type, dns::IN))
      take(swept, swept.subnets, question, *judged, answer.server, &subnet);
  } else {
    round.give_up(track);
  }
  ready_tracks.push_back({name, track});
  spend();
}

bool Sweep::Parts::take_scope(SubnetRound& round, std::size_t track, const Network& subnet,
                              const UpstreamAnswer& answer) {
  if (answer.outcome != UpstreamOutcome::answered) return false;
  Server& server = servers[round.track(track).server];
  const SteadyTime now = store.clock->steady();
  const std::uint16_t rcode = rcode_of(answer.message);
  if (rcode == dns::FORMERR || rcode == dns::REFUSED || rcode == dns::NOTIMP || rcode == dns::BADVERS) {
    // It knew the name when it was asked plainly.
    server.no_subnets_until = now + kWithoutSubnets;
    return false;
  }
  if (rcode != dns::NOERROR && rcode != dns::NXDOMAIN) return false;
  const ClientSubnetAnswer said = client_subnet_of(answer.message);
  switch (said.kind) {
    case ClientSubnetAnswer::Kind::none:
      // RFC 7871 7.3: as scope 0. From a server that never says more, a plain answer, and no second one is needed.
      if (!server.knows_subnets) server.no_subnets_until = now + kWithoutSubnets;
      round.answered(track, subnet, 0);
      return server.knows_subnets;
    case ClientSubnetAnswer::Kind::malformed:
      break;
    case ClientSubnetAnswer::Kind::present:
      if (said.subnet->source != subnet) break;
      server.knows_subnets = true;
      round.answered(track, subnet, said.subnet->scope);
      return true;
  }
  // RFC 7871 7.3: an answer for another subnet than was asked for must be dropped.
  store.counters.sweep_mismatches.fetch_add(1, std::memory_order_relaxed);
  return false;
}

void Sweep::Parts::take(SweptName& name, SweptName::Round& round, const Question& question, const JudgedAnswer& judged,
                        const Endpoint& server, const Network* subnet) {
  if (judged.rcode != dns::NOERROR && judged.rcode != dns::NXDOMAIN) return;
  round.smallest_ttl = std::min(round.smallest_ttl.value_or(judged.lifetime_s), judged.lifetime_s);
  const WallTime seen = store.clock->wall();
  Observations found = name.never ? observations_of_never(name.target.name, judged, seen)
                                  : observations_of_target(catalogue(), name.target, judged, server, seen);
  if (!found.targets.empty() && sample(name, question, judged, subnet)) round.brought_samples = true;
  if (subnet) {
    for (Observation& observation : found.targets)
      observation.vantage.detail = name.vantages.detail(observation.address, server, *subnet);
  }
  if (!found.targets.empty() || !found.never.empty())
    store.ledger->observe(std::move(found.targets), std::move(found.never));
  if (!name.never) follow(name, question, judged);
}

bool Sweep::Parts::sample(SweptName& name, const Question& question, const JudgedAnswer& judged,
                          const Network* subnet) {
  // What SVCB hints at is chosen by other rules than what is answered.
  if (question.type != dns::A && question.type != dns::AAAA) return false;
  const SteadyTime now = store.clock->steady();
  const std::chrono::seconds ttl(judged.data_ttl_s);
  // What one cached RRset is, whichever alias led to it.
  std::string what(judged.chain.empty() ? question.name.wire() : judged.chain.back().wire());
  what += std::to_string(question.type) + " " + std::to_string(question.server);
  if (subnet) what += " " + subnet->text();
  const std::uint64_t asked = std::hash<std::string>{}(what);
  ProfileSamples& profile = profile_samples[name.target.profile];
  if (profile.samples.add(asked, judged.addresses, ttl, now)) profile.is_changed = true;
  return name.samples.add(asked, judged.addresses, ttl, now);
}

void Sweep::Parts::publish(const SweptName& name) {
  if (name.never || !name.estimate.seen) return;
  store.estimates.set_target({name.target.name, name.target.profile, shown(name.estimate)});
}

void Sweep::Parts::publish_profiles(SteadyTime now) {
  if (now - profiles_published < kProfilesEvery) return;
  profiles_published = now;
  for (auto& [profile, of] : profile_samples) {
    if (!std::exchange(of.is_changed, false)) continue;
    store.estimates.set_profile(profile, shown(of.samples.estimate()));
  }
}

}  // namespace sinkfeed
