// The part of the sweep that asks: plain questions first, and for client subnets with what is left of the budget.
#include <algorithm>

#include "resolver/sweep_parts.hpp"

namespace sinkfeed {

namespace {

// Plain questions go first, but of so many in a row one is for a client subnet, so that those are not put off for ever
// where plain rounds take the whole rate.
constexpr int kPlainInARow = 9;
// Rounds for client subnets that are under way at once: each has a question on its way for each type and server.
constexpr std::size_t kSubnetRounds = 64;

}  // namespace

void Sweep::Parts::spend() {
  while (budget >= 1 && ask_next()) budget -= 1;
}

bool Sweep::Parts::ask_next() {
  if (questions_since_subnet >= kPlainInARow && ask_for_subnet()) return true;
  return ask_plain() || ask_for_subnet();
}

bool Sweep::Parts::ask_plain() {
  if (questions.empty()) {
    SweptName* name = schedule->take_due(store.clock->steady());
    if (!name) return false;
    for (std::size_t server = 0; server < upstream->servers().size(); server++) {
      for (const std::uint16_t type : name->types) questions.push_back({name->target.name, type, server});
    }
    name->knows_it.resize(servers.size());
    name->plain.outstanding = name->plain.questions = questions.size();
  }
  const Question question = questions.front();
  questions.pop_front();
  questions_since_subnet++;
  store.counters.sweep_questions.fetch_add(1, std::memory_order_relaxed);
  upstream->ask({std::string(question.name.wire()), question.type, dns::IN, false, false}, question.server,
                [this, question](const UpstreamAnswer& answer) { answered(question, answer); });
  return true;
}

bool Sweep::Parts::ask_for_subnet() {
  // Targets' plain rounds come before any subnet.
  if (targets_wait) return false;
  for (;;) {
    if (ready_tracks.empty()) {
      SweptName* name = subnet_rounds < kSubnetRounds ? schedule->take_due_for_subnets(store.clock->steady()) : nullptr;
      if (!name) return false;
      begin_subnet_round(*name);
      continue;
    }
    const ReadyTrack ready = ready_tracks.front();
    ready_tracks.pop_front();
    SweptName& name = *schedule->find(ready.name);
    const SubnetRound::Track track = name.subnet_round->track(ready.track);
    const bool is_refused = servers[track.server].no_subnets_until > store.clock->steady();
    const Network* subnet = is_refused ? nullptr : name.subnet_round->next(ready.track);
    if (!subnet) {
      if (is_refused) name.subnet_round->give_up(ready.track);
      end_track(name, ready.track);
      continue;
    }
    questions_since_subnet = 0;
    store.counters.sweep_questions.fetch_add(1, std::memory_order_relaxed);
    store.counters.sweep_subnet_questions.fetch_add(1, std::memory_order_relaxed);
    UpstreamQuestion question{std::string(ready.name.wire()), track.type, dns::IN, false, false};
    question.client_subnet = *subnet;
    upstream->ask(question, track.server, [this, ready, asked = *subnet](const UpstreamAnswer& answer) {
      answered_for_subnet(ready.name, ready.track, asked, answer);
    });
    return true;
  }
}

// Of servers that knew the name when they were asked plainly and take client subnets; of types that are not known to be
// the same everywhere.
void Sweep::Parts::begin_subnet_round(SweptName& name) {
  const SteadyTime now = store.clock->steady();
  std::vector<SubnetRound::Track> tracks;
  for (std::size_t server = 0; server < servers.size(); server++) {
    if (!name.knows_it[server] || servers[server].no_subnets_until > now) continue;
    for (const std::uint16_t type : name.types) {
      const auto same = name.same_everywhere_until.find({type, server});
      if (same == name.same_everywhere_until.end() || same->second <= now) tracks.push_back({type, server});
    }
  }
  if (tracks.empty()) return schedule->finish_subnets(name, now, false);
  name.subnet_round = std::make_unique<SubnetRound>(subnets(), tracks, random.next16());
  name.subnets.outstanding = tracks.size();
  subnet_rounds++;
  for (std::size_t track = 0; track < tracks.size(); track++) ready_tracks.push_back({name.target.name, track});
}

void Sweep::Parts::end_track(SweptName& name, std::size_t track) {
  const SteadyTime now = store.clock->steady();
  const SubnetRound& round = *name.subnet_round;
  if (round.is_same_everywhere(track))
    name.same_everywhere_until[{round.track(track).type, round.track(track).server}] =
        now + plan->settings.sweep.max_interval;
  if (--name.subnets.outstanding > 0) return;
  name.subnets.questions = round.asked();
  subnet_rounds--;
  bool is_worthwhile = false;
  for (std::size_t i = 0; i < round.tracks(); i++)
    is_worthwhile =
        is_worthwhile || (!round.is_same_everywhere(i) && servers[round.track(i).server].no_subnets_until <= now);
  schedule->finish_subnets(name, now, is_worthwhile);
  publish(name);
}

}  // namespace sinkfeed
