// The part of QueryHandler for queries that cannot wait for upstream because too many do: each still leaves a record,
// and gets an answer unless its client alone has filled its share.
#include <optional>

#include "resolver/cache_keys.hpp"
#include "resolver/query_handler.hpp"

namespace sinkfeed {

namespace {

constexpr std::uint32_t kStaleTtl = 30;  // RFC 8767 5

}  // namespace

std::optional<QueryHandler::StaleAnswer> QueryHandler::find_stale(const CacheKey& key, std::uint32_t now) const {
  if (!plan_->settings.cache.serve_stale.count()) return std::nullopt;
  const CachedAnswer* old = find(key, now);
  if (!old && !key.dnssec_ok) old = find(nxdomain_key(key), now);
  if (!old || old->verdict() != Verdict::pass || is_failure(old->rcode())) return std::nullopt;
  StaleAnswer stale{.message = std::string(old->message()),
                    .ttl_offsets = {old->ttl_offsets().begin(), old->ttl_offsets().end()},
                    .rcode = old->rcode(),
                    .stale_s = old->stale_left_s(now),
                    .is_fresh = old->is_fresh(now)};
  stale.stale_s -= std::min(stale.stale_s, kStaleTtl);
  for (const std::uint16_t offset : stale.ttl_offsets)
    dns::write32(reinterpret_cast<std::uint8_t*>(stale.message.data()) + offset, kStaleTtl);
  return stale;
}

PreparedAnswer QueryHandler::StaleAnswer::prepared(std::string_view why) const {
  return {.rcode = rcode,
          .ede = rcode == dns::NXDOMAIN ? dns::STALE_NXDOMAIN_ANSWER : dns::STALE_ANSWER,
          .has_ede = true,
          .lifetime_s = kStaleTtl,
          .stale_s = stale_s,
          .message = message,
          .ttl_offsets = ttl_offsets,
          .rule = why};
}

std::size_t QueryHandler::cannot_wait(const Query& query, const CacheKey& key, bool is_own_fault, const Client& client,
                                      const Moment& arrival, std::span<std::uint8_t> out) {
  const std::string_view why = is_own_fault ? "too many questions of this client wait" : "too many questions wait";
  if (const auto stale = find_stale(key, now_s()))
    return respond(query, client, arrival, stale->prepared(why), 0, Origin::cache, nullptr, out);
  const Outcome outcome{.verdict = Verdict::refuse, .rcode = dns::SERVFAIL, .has_ede = true, .ede = dns::OTHER};
  if (!is_own_fault || client.transport == Transport::tcp) return refuse(query, client, arrival, outcome, why, out);
  // Who fills his share over UDP may be somebody else with his address: he is sent nothing that he did not wait for.
  record(query, client, arrival, {.verdict = Verdict::refuse, .rcode = dns::SERVFAIL, .rule = why});
  WorkerCounters::add(parts_.counters.dropped_packets);
  return 0;
}

}  // namespace sinkfeed
