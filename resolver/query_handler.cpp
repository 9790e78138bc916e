#include "resolver/query_handler.hpp"

#include <algorithm>

#include "resolver/answer_section.hpp"
#include "resolver/cache_keys.hpp"
#include "resolver/nxdomain_cut.hpp"

namespace sinkfeed {

namespace {

// How long after its time the next probe for a loop may arrive.
constexpr auto kTimeOfAProbe = std::chrono::minutes(1);
constexpr unsigned kMaxTurnedAway = 100;  // answers to strangers over UDP, a second and worker

}  // namespace

QueryHandler::QueryHandler(const HandlerParts& parts, std::shared_ptr<const Plan> plan, Upstream& upstream)
    : parts_(parts) {
  adopt(std::move(plan), upstream);
}

std::uint32_t QueryHandler::now_s() const {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(parts_.clock.steady().time_since_epoch()).count());
}

void QueryHandler::read(std::span<const std::uint8_t> packet, Incoming& incoming) const {
  incoming.packet = packet;
  parse_query(packet, incoming.query);
  if (incoming.query.kind != QueryKind::query) return;
  incoming.hash = cache_->hash(cache_key_of(incoming.query));
  cache_->prefetch_bucket(incoming.hash);
}

void QueryHandler::fetch_ahead(const Incoming& incoming) const {
  if (incoming.query.kind == QueryKind::query) cache_->prefetch_entry(incoming.hash);
}

std::size_t QueryHandler::handle(const Incoming& incoming, const Client& client, const Moment& arrival,
                                 std::span<std::uint8_t> out) {
  const Query& query = incoming.query;
  if (query.kind == QueryKind::silence) {
    WorkerCounters::add(parts_.counters.dropped_packets);
    return 0;
  }
  if (client.transport == Transport::udp &&
      !parts_.rate_limit.allow(client.address, std::chrono::nanoseconds(arrival.steady.time_since_epoch()).count()))
    return slow_down(query, client, arrival, out);
  if (!is_allowed(client.address)) return turn_away(query, client, arrival, out);
  switch (query.kind) {
    case QueryKind::format_error:
      return refuse(query, client, arrival, {.verdict = Verdict::local, .rcode = dns::FORMERR}, "malformed query", out);
    case QueryKind::not_implemented:
      return refuse(query, client, arrival, {.verdict = Verdict::local, .rcode = dns::NOTIMP}, "opcode is not QUERY",
                    out);
    case QueryKind::bad_version:
      return refuse(query, client, arrival, {.verdict = Verdict::local, .rcode = dns::BADVERS}, "EDNS version above 0",
                    out);
    default:
      break;
  }
  const CacheKey key = cache_key_of(query);
  const std::uint32_t now = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(arrival.steady.time_since_epoch()).count());
  const CachedAnswer* hit = find(key, incoming.hash, now);
  // An NXDOMAIN without DNSSEC is kept once for all types (RFC 2308 5).
  const bool missed = !hit || !hit->is_fresh(now);
  if (missed && !query.dnssec_ok) {
    fetch_cuts_ahead(key);
    if (!hit) hit = find(nxdomain_key(key), cut_hashes_[0], now);
  }
  if (hit && hit->is_fresh(now)) {
    if (hit->take_refresh(now)) refresh(query, key, incoming.hash);
    WorkerCounters::add(parts_.counters.cache_hits);
    // RFC 8914 4.14 speaks of SERVFAIL alone: a cached REFUSED says what it said.
    const bool failure = hit->rcode() == dns::SERVFAIL;
    const PreparedAnswer answer{.verdict = hit->verdict(),
                                .rcode = hit->rcode(),
                                .ede = failure ? std::uint16_t{dns::CACHED_ERROR} : hit->ede(),
                                .has_ede = failure || hit->has_ede(),
                                .message = hit->message(),
                                .ttl_offsets = hit->ttl_offsets(),
                                .rule = hit->rule()};
    return respond(query, client, arrival, answer, hit->age_s(now), Origin::cache, nullptr, out);
  }
  return decide(query, key, incoming.hash, hit != nullptr, client, arrival, out);
}

std::size_t QueryHandler::refuse(const Query& query, const Client& client, const Moment& arrival,
                                 const Outcome& outcome, std::string_view why, std::span<std::uint8_t> out) {
  Outcome recorded = outcome;
  recorded.rule = why;
  record(query, client, arrival, recorded);
  return write_bare(query, outcome.rcode, {outcome.has_ede, outcome.ede, why}, false, out);
}

// Who is not allowed may be somebody else: over UDP anybody can claim any address. The answer is hardly longer than the
// question, and of all that go to strangers only so many leave in a second (RFC 5358 4: no reflector).
std::size_t QueryHandler::turn_away(const Query& query, const Client& client, const Moment& arrival,
                                    std::span<std::uint8_t> out) {
  const auto second = std::chrono::floor<std::chrono::seconds>(arrival.steady);
  if (second != turned_away_in_) turned_away_in_ = second, turned_away_ = 0;
  if (client.transport == Transport::udp && ++turned_away_ > kMaxTurnedAway) {
    WorkerCounters::add(parts_.counters.dropped_packets);
    return 0;
  }
  record(query, client, arrival,
         {.verdict = Verdict::refuse,
          .rcode = dns::REFUSED,
          .has_ede = true,
          .ede = dns::PROHIBITED,
          .rule = "client is not in dns.allow"});
  return write_bare(query, dns::REFUSED, {true, dns::PROHIBITED, {}}, false, out);
}

// Whoever is over the limit is told to come over TCP, which one who only claims that address cannot; the answer is no
// larger than the question. A client that is not allowed gets nothing more: we are no reflector.
std::size_t QueryHandler::slow_down(const Query& query, const Client& client, const Moment& arrival,
                                    std::span<std::uint8_t> out) {
  if (query.kind != QueryKind::query || !is_allowed(client.address)) {
    WorkerCounters::add(parts_.counters.dropped_packets);
    return 0;
  }
  record(query, client, arrival,
         {.verdict = Verdict::refuse, .rule = "over dns.rate_limit: told to come over TCP", .truncated = true});
  return write_bare(query, dns::NOERROR, {}, true, out);
}

std::size_t QueryHandler::answer_from_cut(const Query& query, const CachedAnswer& cut, std::uint32_t now,
                                          const Client& client, const Moment& arrival, std::span<std::uint8_t> out) {
  WorkerCounters::add(parts_.counters.cache_hits);
  const NxdomainAnswer made(cut.message(), query.name(), query.type);
  const PreparedAnswer answer{.rcode = dns::NXDOMAIN, .message = made.message(), .ttl_offsets = made.ttl_offsets()};
  return respond(query, client, arrival, answer, cut.age_s(now), Origin::cache, nullptr, out);
}

bool QueryHandler::is_allowed(const IpAddress& client) const {
  const auto& allow = plan_->settings.dns.allow;
  return std::any_of(allow.begin(), allow.end(), [&](const Network& network) { return network.contains(client); });
}

std::chrono::nanoseconds QueryHandler::tcp_delay(const IpAddress& client, SteadyTime now) const {
  return std::chrono::nanoseconds(
      parts_.rate_limit.delay_ns(client, std::chrono::nanoseconds(now.time_since_epoch()).count()));
}

std::size_t QueryHandler::decide(const Query& query, const CacheKey& key, std::uint32_t hash, bool has_stale,
                                 const Client& client, const Moment& arrival, std::span<std::uint8_t> out) {
  if (const auto server = plan_->loop_probe.server_of(query.name()); server && *server < upstream_->servers().size()) {
    const std::string through = upstream_->servers()[*server].text() + " (by way of " + client.address.text() + ")";
    return break_loop(query, client, arrival, through, LoopProbe::kEvery + kTimeOfAProbe, out);
  }
  Decision decision = plan_->policy.decide(query.name(), query.type, query.klass);
  using Action = Decision::Action;
  switch (decision.action) {
    case Action::refuse:
      return refuse(query, client, arrival, {.verdict = Verdict::refuse, .rcode = dns::REFUSED}, decision.rule, out);
    case Action::forward:
      if (!query.dnssec_ok) {
        const std::uint32_t now = now_s();
        if (const CachedAnswer* cut = find_cut(key, now))
          return answer_from_cut(query, *cut, now, client, arrival, out);
      }
      return wait_for_upstream(query, key, hash, std::move(decision), has_stale, client, arrival, out);
    case Action::strip:
      parts_.targets.watch({name_from(query.name()), name_from(decision.target), profile_of(decision)});
      return wait_for_upstream(query, key, hash, std::move(decision), has_stale, client, arrival, out);
    case Action::block:
    case Action::no_data:
    case Action::any:
    case Action::local:
      break;
  }
  const bool ours = decision.action == Action::any || decision.action == Action::local;
  if (!ours) parts_.targets.watch({name_from(query.name()), name_from(decision.target), profile_of(decision)});
  const MadeAnswer made = decision.action == Action::local
                              ? make_local_answer(*decision.local, query.name(), query.type)
                              : make_answer(plan_->settings.block, decision.action, query.name(), query.type);
  const PreparedAnswer answer =
      prepared_from(made, ours ? Verdict::local : Verdict::sinkhole, plan_->settings.block.ttl, decision.rule);
  keep(key, answer);
  return respond(query, client, arrival, answer, 0, Origin::policy, nullptr, out);
}

void QueryHandler::keep(const CacheKey& key, PreparedAnswer answer) {
  answer.plan = plan_->number;
  cache_->insert(key, answer, now_s());
}

std::size_t QueryHandler::respond(const Query& query, const Client& client, const Moment& arrival,
                                  const PreparedAnswer& answer, std::uint32_t age_s, Origin origin,
                                  const IpAddress* upstream, std::span<std::uint8_t> out) {
  const std::size_t limit = client.transport == Transport::udp ? udp_limit(query) : out.size();
  const std::size_t size = write_answer(query, answer.message, answer.ttl_offsets, age_s,
                                        {answer.has_ede, answer.ede, answer.rule}, limit, out);
  record(query, client, arrival,
         {.verdict = answer.verdict,
          .origin = origin,
          .rcode = static_cast<std::uint16_t>(out[3] & dns::kRcodeMask),
          .has_ede = answer.has_ede,
          .ede = answer.ede,
          .rule = answer.rule,
          .answers = pack_answers(answer.message, query.sent_name.size() + 4, answers_),
          .upstream = upstream,
          .truncated = (out[2] & 0x02) != 0});
  return size;
}

void QueryHandler::record(const Query& query, const Client& client, const Moment& arrival, const Outcome& outcome) {
  WorkerCounters::add(parts_.counters.queries[query_place(outcome.verdict, client.transport, query.type)]);
  RecordView entry;
  entry.time_us = arrival.wall.time_since_epoch().count();
  // Reading the clock costs more than a look-up in the cache, and answers from there leave in batches anyway.
  if (outcome.origin != Origin::cache || ++cache_answers_ % 8 == 0) recorded_at_ = parts_.clock.steady();
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(recorded_at_ - arrival.steady).count();
  entry.latency_us = static_cast<std::uint32_t>(std::clamp<std::int64_t>(latency, 0, 0xffffffff));
  WorkerCounters::add(parts_.counters.latencies[latency_place(entry.latency_us)]);
  WorkerCounters::add(parts_.counters.latency_us, entry.latency_us);
  entry.client = client.address;
  entry.client_port = client.port;
  entry.transport = client.transport;
  entry.origin = outcome.origin;
  entry.type = query.type;
  entry.flags =
      static_cast<std::uint16_t>((query.recursion_desired() ? kFlagRd : 0) | (query.checking_disabled() ? kFlagCd : 0) |
                                 (query.authentic_data() ? kFlagAd : 0) | (query.edns ? kFlagEdns : 0) |
                                 (query.dnssec_ok ? kFlagDo : 0) | (outcome.truncated ? kFlagTruncated : 0));
  entry.verdict = outcome.verdict;
  entry.rcode = static_cast<std::uint8_t>(outcome.rcode);
  entry.has_ede = outcome.has_ede;
  entry.ede = outcome.ede;
  entry.name = query.has_question ? query.name() : std::string_view("\0", 1);
  entry.rule = outcome.rule;
  entry.answers = outcome.answers;
  if (outcome.upstream) entry.has_upstream = true, entry.upstream = *outcome.upstream;
  parts_.ring.push(entry);
}

}  // namespace sinkfeed
