#include "resolver/query_handler.hpp"

#include <algorithm>

#include "resolver/answer_section.hpp"
#include "resolver/message_writer.hpp"
#include "resolver/observations.hpp"

namespace sinkfeed {

namespace {

// Bounds on what can wait: beyond them a query is dropped (the client asks again) rather than memory given away.
constexpr std::size_t kMaxPending = 10000;
constexpr std::size_t kMaxAskers = 500;
// How long a failure is remembered, so that retries of many clients are one question (RFC 9520 3.2: at least a second).
constexpr std::uint32_t kFailureLifetime = 1;

std::string pending_key(const CacheKey& key) {
  std::string text{key.name};
  text += static_cast<char>(key.type >> 8), text += static_cast<char>(key.type);
  text += static_cast<char>(key.klass >> 8), text += static_cast<char>(key.klass);
  text += static_cast<char>((key.dnssec_ok ? 1 : 0) | (key.checking_disabled ? 2 : 0));
  return text;
}

CacheKey key_of(const Query& query) {
  return {query.name(), query.type, query.klass, query.dnssec_ok, query.checking_disabled()};
}

DnsName name_of(std::string_view wire) {
  return DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

}  // namespace

std::uint32_t QueryHandler::now_s() const {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(parts_.clock.steady().time_since_epoch()).count());
}

void QueryHandler::read(std::span<const std::uint8_t> packet, Incoming& incoming) const {
  incoming.packet = packet;
  parse_query(packet, incoming.query);
  if (incoming.query.kind != QueryKind::query) return;
  incoming.hash = parts_.cache.hash(key_of(incoming.query));
  parts_.cache.prefetch_bucket(incoming.hash);
}

void QueryHandler::fetch_ahead(const Incoming& incoming) const {
  if (incoming.query.kind == QueryKind::query) parts_.cache.prefetch_entry(incoming.hash);
}

std::size_t QueryHandler::handle(const Incoming& incoming, const Client& client, const Moment& arrival,
                                 std::span<std::uint8_t> out) {
  const Query& query = incoming.query;
  if (query.kind == QueryKind::silence) {
    WorkerCounters::add(parts_.counters.dropped_packets);
    return 0;
  }
  const auto& allow = parts_.settings.dns.allow;
  if (std::none_of(allow.begin(), allow.end(),
                   [&](const Network& network) { return network.contains(client.address); }))
    return refuse(query, client, arrival,
                  {.verdict = Verdict::refuse, .rcode = dns::REFUSED, .has_ede = true, .ede = dns::PROHIBITED},
                  "client is not in dns.allow", out);
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
  const CacheKey key = key_of(query);
  const std::uint32_t now = static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(arrival.steady.time_since_epoch()).count());
  if (const CachedAnswer* hit = parts_.cache.find(key, incoming.hash, now)) {
    WorkerCounters::add(parts_.counters.cache_hits);
    const PreparedAnswer answer{.verdict = hit->verdict(),
                                .rcode = hit->rcode(),
                                .ede = hit->ede(),
                                .has_ede = hit->has_ede(),
                                .message = hit->message(),
                                .ttl_offsets = hit->ttl_offsets(),
                                .rule = hit->rule()};
    return respond(query, client, arrival, answer, hit->age_s(now), Origin::cache, nullptr, out);
  }
  return decide(query, key, incoming.packet, client, arrival, out);
}

std::size_t QueryHandler::refuse(const Query& query, const Client& client, const Moment& arrival,
                                 const Outcome& outcome, std::string_view why, std::span<std::uint8_t> out) {
  Outcome recorded = outcome;
  recorded.rule = why;
  record(query, client, arrival, recorded);
  return write_bare(query, outcome.rcode, {outcome.has_ede, outcome.ede, why}, false, out);
}

std::size_t QueryHandler::decide(const Query& query, const CacheKey& key, std::span<const std::uint8_t> packet,
                                 const Client& client, const Moment& arrival, std::span<std::uint8_t> out) {
  Decision decision = parts_.policy.decide(query.name(), query.type, query.klass);
  using Action = Decision::Action;
  switch (decision.action) {
    case Action::refuse:
      return refuse(query, client, arrival, {.verdict = Verdict::refuse, .rcode = dns::REFUSED}, decision.rule, out);
    case Action::forward:
      wait_for_upstream(query, std::move(decision), packet, client, arrival);
      return 0;
    case Action::strip:
      parts_.targets.watch({name_of(query.name()), name_of(decision.target), profile_of(decision)});
      wait_for_upstream(query, std::move(decision), packet, client, arrival);
      return 0;
    case Action::block:
    case Action::no_data:
    case Action::any:
      break;
  }
  if (decision.action != Action::any)
    parts_.targets.watch({name_of(query.name()), name_of(decision.target), profile_of(decision)});
  const MadeAnswer made = make_answer(parts_.settings.block, decision.action, query.name(), query.type);
  const PreparedAnswer answer{.verdict = decision.action == Action::any ? Verdict::local : Verdict::sinkhole,
                              .rcode = made.rcode,
                              .ede = made.ede,
                              .has_ede = made.has_ede,
                              .lifetime_s = static_cast<std::uint32_t>(parts_.settings.block.ttl.count()),
                              .message = made.message,
                              .ttl_offsets = {},
                              .rule = decision.rule};
  parts_.cache.insert(key, answer, now_s());
  return respond(query, client, arrival, answer, 0, Origin::policy, nullptr, out);
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
          .rcode = answer.rcode,
          .has_ede = answer.has_ede,
          .ede = answer.ede,
          .rule = answer.rule,
          .answers = pack_answers(answer.message, query.sent_name.size() + 4, answers_),
          .upstream = upstream,
          .truncated = (out[2] & 0x02) != 0});
  return size;
}

void QueryHandler::record(const Query& query, const Client& client, const Moment& arrival, const Outcome& outcome) {
  WorkerCounters::add(parts_.counters.queries[static_cast<std::size_t>(outcome.verdict)]);
  RecordView entry;
  entry.time_us = arrival.wall.time_since_epoch().count();
  // Reading the clock costs more than a look-up in the cache, and answers from there leave in batches anyway.
  if (outcome.origin != Origin::cache || ++cache_answers_ % 8 == 0) recorded_at_ = parts_.clock.steady();
  const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(recorded_at_ - arrival.steady).count();
  entry.latency_us = static_cast<std::uint32_t>(std::clamp<std::int64_t>(latency, 0, 0xffffffff));
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

void QueryHandler::wait_for_upstream(const Query& query, Decision decision, std::span<const std::uint8_t> packet,
                                     const Client& client, const Moment& arrival) {
  const std::string key = pending_key(key_of(query));
  auto found = pending_.find(key);
  if (found == pending_.end() ? pending_.size() >= kMaxPending : found->second.askers.size() >= kMaxAskers) {
    WorkerCounters::add(parts_.counters.dropped_packets);
    return;
  }
  const bool first = found == pending_.end();
  if (first) found = pending_.emplace(key, Pending{std::move(decision), {}}).first;
  found->second.askers.push_back({std::string(reinterpret_cast<const char*>(packet.data()), packet.size()), client,
                                  client.sender->weak_from_this(), arrival});
  waiting_askers_++;
  if (!first) return;
  WorkerCounters::add(parts_.counters.upstream_questions);
  UpstreamQuestion question{std::string(query.name()), query.type, query.klass, query.dnssec_ok,
                            query.checking_disabled()};
  parts_.upstream.ask(question, std::nullopt, [this, key, question](const UpstreamAnswer& answer) {
    upstream_answered(key, question, answer);
  });
}

void QueryHandler::upstream_answered(const std::string& pending_key, const UpstreamQuestion& question,
                                     const UpstreamAnswer& answer) {
  const auto found = pending_.find(pending_key);
  if (found == pending_.end()) return;
  Pending pending = std::move(found->second);
  pending_.erase(found);
  waiting_askers_ -= pending.askers.size();
  const CacheKey key{question.name, question.type, question.klass, question.dnssec_ok, question.checking_disabled};

  auto judged = answer.outcome == UpstreamOutcome::answered
                    ? judge(answer.message, question.name, question.type, question.klass)
                    : Result<JudgedAnswer>(Problem{"no answer"});
  if (!judged) {
    WorkerCounters::add(parts_.counters.upstream_failures);
    MessageWriter failure(question.name, question.type, question.klass, dns::SERVFAIL, false);
    std::string why = "upstream did not answer";
    if (answer.outcome == UpstreamOutcome::answered) why = judged.error().what;
    if (answer.outcome == UpstreamOutcome::unreachable) why = "upstream cannot be reached";
    const PreparedAnswer prepared{
        .rcode = dns::SERVFAIL,
        .ede = answer.outcome == UpstreamOutcome::timed_out ? dns::NO_REACHABLE_AUTHORITY : dns::NETWORK_ERROR,
        .has_ede = true,
        .lifetime_s = kFailureLifetime,
        .message = failure.message(),
        .ttl_offsets = {},
        .rule = why};
    parts_.cache.insert(key, prepared, now_s());
    return answer_all(pending, prepared, nullptr);
  }

  const DnsName name = name_of(question.name);
  if (auto led = parts_.policy.decide_by_answer(pending.decision, question.type, judged->leads_to)) {
    parts_.targets.watch({name, name_of(led->target), profile_of(*led)});
    pending.decision = std::move(*led);
  }
  observe(pending.decision, name, *judged, answer.server);
  if (pending.decision.action == Decision::Action::block) {
    const MadeAnswer made = make_answer(parts_.settings.block, Decision::Action::block, question.name, question.type);
    const PreparedAnswer prepared{.verdict = Verdict::sinkhole,
                                  .rcode = made.rcode,
                                  .ede = made.ede,
                                  .has_ede = made.has_ede,
                                  .lifetime_s = static_cast<std::uint32_t>(parts_.settings.block.ttl.count()),
                                  .message = made.message,
                                  .ttl_offsets = {},
                                  .rule = pending.decision.rule};
    parts_.cache.insert(key, prepared, now_s());
    return answer_all(pending, prepared, &answer.server.address);
  }
  const bool refusal = judged->rcode != dns::NOERROR && judged->rcode != dns::NXDOMAIN;
  const PreparedAnswer prepared{
      .verdict = pending.decision.action == Decision::Action::strip ? Verdict::sinkhole : Verdict::pass,
      .rcode = judged->rcode,
      .lifetime_s = refusal ? kFailureLifetime : judged->lifetime_s,
      .message = judged->message,
      .ttl_offsets = judged->ttl_offsets,
      .rule = pending.decision.rule};
  parts_.cache.insert(key, prepared, now_s());
  answer_all(pending, prepared, &answer.server.address);
}

void QueryHandler::observe(const Decision& decision, const DnsName& name, const JudgedAnswer& judged,
                           const Endpoint& server) {
  if (judged.addresses.empty() || decision.coverage.kind == Coverage::Kind::none) return;
  const Catalogue& catalogue = parts_.policy.catalogue();
  const WallTime seen = parts_.clock.wall();
  Observations found = decision.coverage.kind == Coverage::Kind::never
                           ? observations_of_never(catalogue.never_rule(decision.coverage), name, judged, seen)
                           : observations_of_target(catalogue, {name, name_of(decision.target), profile_of(decision)},
                                                    judged, server, seen);
  parts_.sink.observe(std::move(found.targets), std::move(found.never));
}

const std::string& QueryHandler::profile_of(const Decision& decision) const {
  return parts_.policy.catalogue().profiles()[decision.coverage.profile].name;
}

void QueryHandler::answer_all(const Pending& pending, const PreparedAnswer& prepared, const IpAddress* upstream) {
  std::vector<std::uint8_t> out(dns::kMaxMessage);
  for (const Asker& asker : pending.askers) {
    Query query;
    parse_query({reinterpret_cast<const std::uint8_t*>(asker.packet.data()), asker.packet.size()}, query);
    const std::size_t size = respond(query, asker.client, asker.arrival, prepared, 0, Origin::upstream, upstream, out);
    if (const auto sender = asker.sender.lock()) sender->send(asker.client.peer, {out.data(), size});
  }
}

}  // namespace sinkfeed
