// The way of a query: read, allowed?, cached?, policy, upstream, answer, record. One a worker, on its thread.
// The hot path is handle() down to the cache hit: no lock, no allocation, no system call.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "resolver/answer.hpp"
#include "resolver/block_answer.hpp"
#include "resolver/client.hpp"
#include "resolver/judge.hpp"
#include "resolver/plan.hpp"
#include "resolver/question.hpp"
#include "resolver/rate_limit.hpp"
#include "resolver/target_watch.hpp"
#include "resolver/upstream.hpp"
#include "resolver/waiting_questions.hpp"
#include "store/counters.hpp"
#include "store/health.hpp"
#include "store/history_ring.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

// Bounds on what can wait for upstream: beyond them a query is answered at once, rather than memory given away.
struct WaitingLimits {
  std::size_t questions = 10000;
  std::size_t askers = 20000;        // of all questions together
  std::size_t askers_of_one = 500;   // question
  std::size_t of_one_client = 1000;  // as client_network() counts clients
};

// What a handler works with, whatever the plan; all of it outlives the handler.
struct HandlerParts {
  const Clock& clock;
  HistoryRing& ring;
  ObservationSink& sink;
  TargetWatch& targets;
  WorkerCounters& counters;
  RateLimit& rate_limit;
  Health& health;
  int slot = 0;  // the worker's, in the cache
  WaitingLimits waiting{};
};

class QueryHandler {
 public:
  // `upstream` must outlive the handler, or its time until the next adopt() and the answers to what was asked before.
  QueryHandler(const HandlerParts& parts, std::shared_ptr<const Plan> plan, Upstream& upstream);

  // From now on goes by `plan` and asks `upstream`. Nothing that waits is lost, nothing that is cached is thrown away.
  // The caller holds no Section.
  void adopt(std::shared_ptr<const Plan> plan, Upstream& upstream);
  // The plan's; the one whose Section handle() wants.
  Cache& cache() const { return *cache_; }

  // A packet on its way: read first, so that of many the cache's memory can be fetched ahead.
  struct Incoming {
    std::span<const std::uint8_t> packet;
    Query query;
    std::uint32_t hash = 0;  // of the cache's key
  };

  // Reads `packet`, which must outlive `incoming`. Then, for many at once, fetch_ahead.
  void read(std::span<const std::uint8_t> packet, Incoming& incoming) const;
  void fetch_ahead(const Incoming& incoming) const;
  // Returns the size of the answer written to `out` (at least 64 KiB for TCP, 1232 bytes for UDP), or 0: silence, or
  // the answer goes to client.sender later. The caller holds a Cache::Section.
  std::size_t handle(const Incoming& incoming, const Client& client, const Moment& arrival,
                     std::span<std::uint8_t> out);

  // Whether dns.allow has the client.
  bool is_allowed(const IpAddress& client) const;
  // How long a TCP client's query has to wait before it is handled, so that he keeps to dns.rate_limit.
  std::chrono::nanoseconds tcp_delay(const IpAddress& client, SteadyTime now) const;

  // Clients' queries that wait for upstream: each is answered through its sender.
  std::size_t waiting_askers() const { return waiting_.askers(); }
  // Whether one waits whose query came at `time` or before.
  bool waits_since(SteadyTime time) const;
  // Gives stale answers to who has waited long enough; to be called several times a second. The caller holds no
  // Section.
  void tick();

 private:
  using Waiting = WaitingQuestions::Question;
  // A copy of what the cache still holds after its TTL, as a client gets it.
  struct StaleAnswer {
    std::string message;
    std::vector<std::uint16_t> ttl_offsets;
    std::uint8_t rcode = 0;
    std::uint32_t stale_s = 0;  // for how long it may be served after the TTL that it has now
    bool is_fresh = false;
    PreparedAnswer prepared(std::string_view why) const;  // valid while this lives
  };
  // What a record says beyond the query and the client.
  struct Outcome {
    Verdict verdict = Verdict::pass;
    Origin origin = Origin::policy;
    std::uint16_t rcode = 0;
    bool has_ede = false;
    std::uint16_t ede = 0;
    std::string_view rule{}, answers{};
    const IpAddress* upstream = nullptr;
    bool truncated = false;
  };

  std::size_t refuse(const Query& query, const Client& client, const Moment& arrival, const Outcome& outcome,
                     std::string_view why, std::span<std::uint8_t> out);
  // `hash`: of the key.
  std::size_t decide(const Query& query, const CacheKey& key, std::uint32_t hash, bool has_stale, const Client& client,
                     const Moment& arrival, std::span<std::uint8_t> out);
  // query_handler.cpp: below the cache hit.
  std::size_t turn_away(const Query& query, const Client& client, const Moment& arrival, std::span<std::uint8_t> out);
  std::size_t slow_down(const Query& query, const Client& client, const Moment& arrival, std::span<std::uint8_t> out);
  std::size_t answer_from_cut(const Query& query, const CachedAnswer& cut, std::uint32_t now, const Client& client,
                              const Moment& arrival, std::span<std::uint8_t> out);
  // What the cache has under the key and today's policy lets pass.
  const CachedAnswer* find(const CacheKey& key, std::uint32_t hash, std::uint32_t now) const {
    const CachedAnswer* found = cache_->find(key, hash, now);
    return !found || found->plan() == plan_->number || still_holds(key, *found) ? found : nullptr;
  }
  const CachedAnswer* find(const CacheKey& key, std::uint32_t now) const { return find(key, cache_->hash(key), now); }
  void keep(const CacheKey& key, PreparedAnswer answer);
  // query_reload.cpp
  bool still_holds(const CacheKey& key, const CachedAnswer& answer) const;
  void ask_again(const WaitingQuestions::Asker& asker);
  // query_overload.cpp: what cannot wait. The caller of the first two holds a Section. `is_own_fault`: this client has
  // too many that wait.
  std::optional<StaleAnswer> find_stale(const CacheKey& key, std::uint32_t now) const;
  std::size_t cannot_wait(const Query& query, const CacheKey& key, bool is_own_fault, const Client& client,
                          const Moment& arrival, std::span<std::uint8_t> out);
  // query_upstream.cpp: everything that waits.
  // Hashes of the keys of NXDOMAINs of the key's name and of those above it, their memory fetched ahead; for find_cut.
  void fetch_cuts_ahead(const CacheKey& key);
  // An NXDOMAIN of a name above.
  const CachedAnswer* find_cut(const CacheKey& key, std::uint32_t now) const;
  void refresh(const Query& query, const CacheKey& key, std::uint32_t hash);
  // The size of an answer to give at once, or 0.
  std::size_t wait_for_upstream(const Query& query, const CacheKey& key, std::uint32_t hash, Decision decision,
                                bool has_stale, const Client& client, const Moment& arrival,
                                std::span<std::uint8_t> out);
  Waiting& ask(const CacheKey& key, std::uint32_t hash, Decision decision);
  void upstream_answered(Waiting& waiting, const UpstreamAnswer& answer);
  void take_answer(Waiting& waiting, const UpstreamAnswer& answer);
  std::uint32_t failure_lifetime(const CacheKey& key) const;
  void upstream_failed(Waiting& waiting, std::uint16_t ede, std::string_view why);
  bool is_other_server(const Client& client) const;
  // `through`: upstream servers, as text. `time`: for how long the problem is shown if it is not seen again.
  std::size_t break_loop(const Query& query, const Client& client, const Moment& arrival, const std::string& through,
                         std::chrono::minutes time, std::span<std::uint8_t> out);
  bool serve_stale(Waiting& waiting, std::string_view why, bool keep_it);
  JudgeRules rules_for(const CacheKey& key) const;
  void answer_all(Waiting& waiting, const PreparedAnswer& prepared, Origin origin, const IpAddress* upstream);
  void observe(const Waiting& waiting, const JudgedAnswer& judged, const Endpoint& server);
  std::size_t respond(const Query& query, const Client& client, const Moment& arrival, const PreparedAnswer& answer,
                      std::uint32_t age_s, Origin origin, const IpAddress* upstream, std::span<std::uint8_t> out);
  void record(const Query& query, const Client& client, const Moment& arrival, const Outcome& outcome);
  static bool is_failure(std::uint8_t rcode) { return rcode != dns::NOERROR && rcode != dns::NXDOMAIN; }
  const std::string& profile_of(const Decision& decision) const;
  std::uint32_t now_s() const;

  HandlerParts parts_;
  std::shared_ptr<const Plan> plan_;
  Cache* cache_ = nullptr;  // the plan's
  Upstream* upstream_ = nullptr;
  WaitingQuestions waiting_;
  // When which waiting question, by its place and number, has waited long enough.
  struct Patience {
    SteadyTime end;
    Waiting* waiting;
    std::uint64_t number;
  };
  std::deque<Patience> patience_;
  std::array<std::uint32_t, dns::kMaxName / 2 + 1> cut_hashes_;  // of the name first
  UpstreamQuestion upstream_question_;                           // used again and again
  std::vector<IpAddress> other_servers_;                         // upstream servers on other machines
  std::optional<SteadyTime> loop_shown_until_;
  std::chrono::time_point<SteadyTime::clock, std::chrono::seconds> turned_away_in_{};
  unsigned turned_away_ = 0;  // in that second
  unsigned cache_answers_ = 0;
  SteadyTime recorded_at_{};
  std::array<char, 4096> answers_;  // of the record that is being made
  std::vector<std::uint8_t> late_answer_ = std::vector<std::uint8_t>(dns::kMaxMessage);
};

}  // namespace sinkfeed
