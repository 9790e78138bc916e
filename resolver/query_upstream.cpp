// The part of QueryHandler that waits: questions to upstream, their answers, and what happens when none comes.
#include <algorithm>
#include <optional>

#include "resolver/cache_keys.hpp"
#include "resolver/message_writer.hpp"
#include "resolver/observations.hpp"
#include "resolver/query_handler.hpp"

namespace sinkfeed {

namespace {

// How long a failure is remembered, so that retries of many clients are one question: RFC 9520 3.2 wants at least a
// second and at most five minutes; each further failure doubles it.
constexpr std::uint32_t kFirstFailure = 1, kLongestFailure = 60;
// RFC 8767 5: how long a client waits before it gets what is there.
constexpr auto kPatience = std::chrono::milliseconds(1800);
constexpr auto kLoopForgotten = std::chrono::minutes(1);

void go_up(CacheKey& key) { key.name.remove_prefix(static_cast<std::uint8_t>(key.name[0]) + std::size_t{1}); }

unsigned answer_count(std::string_view message) {
  return dns::read16(reinterpret_cast<const std::uint8_t*>(message.data()) + 6);
}

}  // namespace

void QueryHandler::fetch_cuts_ahead(const CacheKey& key) {
  // None of this is in near memory: all is fetched at once.
  CacheKey cut = nxdomain_key(key);
  std::size_t count = 0;
  do {
    cut_hashes_[count] = cache_->hash(cut);
    cache_->prefetch_bucket(cut_hashes_[count++]);
    if (cut.name.size() > 1) go_up(cut);
  } while (cut.name.size() > 1);
}

const CachedAnswer* QueryHandler::find_cut(const CacheKey& key, std::uint32_t now) const {
  CacheKey cut = nxdomain_key(key);
  if (cut.name.size() > 1) go_up(cut);
  for (std::size_t i = 1; cut.name.size() > 1; i++, go_up(cut)) {
    const CachedAnswer* answer = find(cut, cut_hashes_[i], now);
    if (answer && answer->is_fresh(now)) return answer;
  }
  return nullptr;
}

void QueryHandler::refresh(const Query& query, const CacheKey& key, std::uint32_t hash) {
  Decision decision = plan_->policy.decide(query.name(), query.type, query.klass);
  if (decision.action != Decision::Action::forward || waiting_.find(key, hash) ||
      waiting_.questions() >= parts_.waiting.questions)
    return;
  ask(key, hash, std::move(decision));
}

bool QueryHandler::is_other_server(const Client& client) const {
  return std::find(other_servers_.begin(), other_servers_.end(), client.address) != other_servers_.end();
}

// Our own question comes back to us. It must not wait for its own answer: both sides would, until they give up.
std::size_t QueryHandler::break_loop(const Query& query, const Client& client, const Moment& arrival,
                                     const std::string& through, std::chrono::minutes time,
                                     std::span<std::uint8_t> out) {
  loop_shown_until_ = std::max(loop_shown_until_.value_or(arrival.steady), arrival.steady + time);
  parts_.health.report("loop", "upstream server " + through +
                                   " sends our own questions back to us: it forwards to this server; make it ask "
                                   "somebody else, or take it out of upstream.servers");
  return refuse(query, client, arrival,
                {.verdict = Verdict::refuse, .rcode = dns::SERVFAIL, .has_ede = true, .ede = dns::NETWORK_ERROR},
                "a forwarding loop: this question is on its way to you", out);
}

std::size_t QueryHandler::wait_for_upstream(const Query& query, const CacheKey& key, std::uint32_t hash,
                                            Decision decision, bool has_stale, const Client& client,
                                            const Moment& arrival, std::span<std::uint8_t> out) {
  Waiting* waiting = waiting_.find(key, hash);
  if (waiting && is_other_server(client))
    return break_loop(query, client, arrival, client.address.text(), kLoopForgotten, out);
  const WaitingLimits& limits = parts_.waiting;
  const bool is_own_fault = waiting_.askers_of(client.address) >= limits.of_one_client;
  if (is_own_fault || waiting_.askers() >= limits.askers ||
      (waiting ? waiting->asker_count() >= limits.askers_of_one : waiting_.questions() >= limits.questions))
    return cannot_wait(query, key, is_own_fault, client, arrival, out);
  if (!waiting) waiting = &ask(key, hash, std::move(decision));
  waiting_.join(*waiting, query, client, arrival);
  if (has_stale && plan_->settings.cache.serve_stale.count()) {
    // Nobody waits for servers that are known to be dead; the next tick sees to it.
    if (upstream_->is_down()) {
      patience_.push_front({arrival.steady, waiting, waiting->number()});
    } else {
      patience_.push_back({arrival.steady + kPatience, waiting, waiting->number()});
    }
  }
  return 0;
}

QueryHandler::Waiting& QueryHandler::ask(const CacheKey& key, std::uint32_t hash, Decision decision) {
  WorkerCounters::add(parts_.counters.upstream_questions);
  Waiting& waiting = waiting_.add(key, hash, std::move(decision));
  UpstreamQuestion& question = upstream_question_;
  question.name.assign(key.name);
  question.type = key.type;
  question.klass = key.klass;
  question.dnssec_ok = key.dnssec_ok;
  question.checking_disabled = key.checking_disabled;
  question.authentic_data = plan_->settings.upstream.trust_ad;
  upstream_->ask(question, std::nullopt,
                 [this, &waiting](const UpstreamAnswer& answer) { upstream_answered(waiting, answer); });
  return waiting;
}

void QueryHandler::upstream_answered(Waiting& waiting, const UpstreamAnswer& answer) {
  if (waiting.is_open()) {
    // Who asks from now on asks anew.
    waiting_.forget(waiting);
    take_answer(waiting, answer);
  }
  waiting_.give_back(waiting);
}

void QueryHandler::take_answer(Waiting& waiting, const UpstreamAnswer& answer) {
  const CacheKey key = waiting.key();
  if (answer.outcome == UpstreamOutcome::timed_out)
    return upstream_failed(waiting, dns::NO_REACHABLE_AUTHORITY, "upstream did not answer");
  if (answer.outcome != UpstreamOutcome::answered)
    return upstream_failed(waiting, dns::NETWORK_ERROR, "upstream cannot be reached");
  auto judged = judge(answer.message, key.name, key.type, key.klass, rules_for(key));
  if (!judged) return upstream_failed(waiting, dns::NETWORK_ERROR, judged.error().what);
  const bool failure = is_failure(judged->rcode);
  if (failure && serve_stale(waiting, "upstream failed", true)) return;

  if (auto led = plan_->policy.decide_by_answer(waiting.decision, key.type, judged->leads_to)) {
    parts_.targets.watch({name_from(key.name), name_from(led->target), profile_of(*led)});
    waiting.decision = std::move(*led);
  }
  // A covered name that mail is sent to is looked up as any other; the mail is not in its way.
  for (const DnsName& host : judged->mail_hosts) {
    const Coverage coverage = plan_->policy.catalogue().find(host);
    if (coverage.kind == Coverage::Kind::target)
      parts_.targets.watch({host, host, plan_->policy.catalogue().profiles()[coverage.profile].name});
  }
  observe(waiting, *judged, answer.server);
  using Action = Decision::Action;
  const Decision& decision = waiting.decision;
  PreparedAnswer prepared{.verdict = decision.action == Action::forward ? Verdict::pass : Verdict::sinkhole,
                          .rcode = judged->rcode,
                          .ede = judged->ede.value_or(0),
                          .has_ede = judged->ede.has_value(),
                          .lifetime_s = failure ? failure_lifetime(key) : judged->lifetime_s,
                          .message = judged->message,
                          .ttl_offsets = judged->ttl_offsets,
                          .rule = judged->ede ? std::string_view(judged->ede_text) : std::string_view(decision.rule)};
  MadeAnswer made;
  if (decision.action == Action::block) {
    made = make_answer(plan_->settings.block, Action::block, key.name, key.type);
    prepared = prepared_from(made, Verdict::sinkhole, plan_->settings.block.ttl, decision.rule);
  } else if (judged->dropped_private) {
    prepared.ede = dns::FILTERED, prepared.has_ede = true;
    prepared.rule = "rebinding protection: private addresses were removed";
  } else if (failure) {
    prepared.stale_s = kLongestFailure;  // remembered, for the next failure to last longer
  } else if (decision.action == Action::forward) {
    prepared.stale_s = static_cast<std::uint32_t>(plan_->settings.cache.serve_stale.count());
  }
  // Without DNSSEC the proof is the same for all types and for all names below: kept once (RFC 8020).
  const bool is_cut =
      decision.action == Action::forward && judged->rcode == dns::NXDOMAIN && judged->chain.empty() && !key.dnssec_ok;
  keep(is_cut ? nxdomain_key(key) : key, prepared);
  answer_all(waiting, prepared, Origin::upstream, &answer.server.address);
}

std::uint32_t QueryHandler::failure_lifetime(const CacheKey& key) const {
  const Cache::Section section(*cache_, parts_.slot);
  const CachedAnswer* last = find(key, now_s());
  if (!last || !is_failure(last->rcode()) || last->verdict() != Verdict::pass) return kFirstFailure;
  return std::min(2 * last->lifetime_s(), kLongestFailure);
}

void QueryHandler::upstream_failed(Waiting& waiting, std::uint16_t ede, std::string_view why) {
  WorkerCounters::add(parts_.counters.upstream_failures);
  if (serve_stale(waiting, why, true)) return;
  const CacheKey key = waiting.key();
  MessageWriter failure(key.name, key.type, key.klass, dns::SERVFAIL, false);
  const PreparedAnswer prepared{.rcode = dns::SERVFAIL,
                                .ede = ede,
                                .has_ede = true,
                                .lifetime_s = failure_lifetime(key),
                                .stale_s = kLongestFailure,
                                .message = failure.message(),
                                .ttl_offsets = {},
                                .rule = why};
  keep(key, prepared);
  answer_all(waiting, prepared, Origin::upstream, nullptr);
}

// From what the cache still holds, if that is an answer. `keep_it`: for the next half minute nobody asks upstream
// again.
bool QueryHandler::serve_stale(Waiting& waiting, std::string_view why, bool keep_it) {
  const CacheKey key = waiting.key();
  std::optional<StaleAnswer> stale;
  {
    const Cache::Section section(*cache_, parts_.slot);
    stale = find_stale(key, now_s());
  }
  if (!stale) return false;
  if (stale->is_fresh && !waiting.asker_count()) return true;  // it was only to be renewed
  const PreparedAnswer prepared = stale->prepared(why);
  if (keep_it && !stale->is_fresh) {
    // One with records was an alias to nothing, and exists itself.
    const bool is_cut = prepared.rcode == dns::NXDOMAIN && !key.dnssec_ok && !answer_count(prepared.message);
    keep(is_cut ? nxdomain_key(key) : key, prepared);
  }
  answer_all(waiting, prepared, Origin::cache, nullptr);
  return true;
}

void QueryHandler::tick() {
  const SteadyTime now = parts_.clock.steady();
  if (loop_shown_until_ && now > *loop_shown_until_) {
    loop_shown_until_.reset();
    parts_.health.report("loop", "");
  }
  while (!patience_.empty() && patience_.front().end <= now) {
    const Patience over = patience_.front();
    patience_.pop_front();
    if (!over.waiting->is_open() || over.waiting->number() != over.number || !over.waiting->asker_count()) continue;
    serve_stale(*over.waiting, "upstream does not answer in time", false);
  }
}

JudgeRules QueryHandler::rules_for(const CacheKey& key) const {
  const auto& cache = plan_->settings.cache;
  const auto& rebind_allow = plan_->settings.dns.rebind_allow;
  const auto seconds = [](std::chrono::seconds value) { return static_cast<std::uint32_t>(value.count()); };
  return {.min_ttl = seconds(cache.min_ttl),
          .max_ttl = seconds(cache.max_ttl),
          .max_negative_ttl = seconds(cache.max_negative_ttl),
          .dnssec_ok = key.dnssec_ok,
          .trust_ad = plan_->settings.upstream.trust_ad,
          .drop_private = plan_->settings.dns.rebind_protection &&
                          std::none_of(rebind_allow.begin(), rebind_allow.end(), [&](const DnsName& above) {
                            return name_from(key.name).is_at_or_below(above);
                          })};
}

void QueryHandler::observe(const Waiting& waiting, const JudgedAnswer& judged, const Endpoint& server) {
  const Decision& decision = waiting.decision;
  if (judged.addresses.empty() || decision.coverage.kind == Coverage::Kind::none) return;
  const Catalogue& catalogue = plan_->policy.catalogue();
  const WallTime seen = parts_.clock.wall();
  const DnsName name = name_from(waiting.key().name);
  Observations found = decision.coverage.kind == Coverage::Kind::never
                           ? observations_of_never(name, judged, seen)
                           : observations_of_target(catalogue, {name, name_from(decision.target), profile_of(decision)},
                                                    judged, server, seen);
  parts_.sink.observe(std::move(found.targets), std::move(found.never));
}

const std::string& QueryHandler::profile_of(const Decision& decision) const {
  return plan_->policy.catalogue().profiles()[decision.coverage.profile].name;
}

bool QueryHandler::waits_since(SteadyTime time) const {
  for (const Waiting* waiting : waiting_.all()) {
    for (const auto* asker = waiting->first_asker(); asker; asker = asker->next()) {
      if (asker->arrival.steady <= time) return true;
    }
  }
  return false;
}

void QueryHandler::answer_all(Waiting& waiting, const PreparedAnswer& prepared, Origin origin,
                              const IpAddress* upstream) {
  const WaitingQuestions::Askers askers = waiting_.take_askers(waiting);
  for (const auto* asker = askers.first(); asker; asker = asker->next()) {
    Query query;
    parse_query(asker->packet(), query);
    const std::size_t size = respond(query, asker->client, asker->arrival, prepared, 0, origin, upstream, late_answer_);
    if (const auto sender = asker->sender.lock()) sender->send(asker->client.peer, {late_answer_.data(), size});
  }
}

}  // namespace sinkfeed
