// The way of a query: read, allowed?, cached?, policy, upstream, answer, record. One a worker, on its thread.
// The hot path is handle() down to the cache hit: no lock, no allocation, no system call.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/settings.hpp"
#include "resolver/answer.hpp"
#include "resolver/block_answer.hpp"
#include "resolver/cache.hpp"
#include "resolver/client.hpp"
#include "resolver/judge.hpp"
#include "resolver/policy.hpp"
#include "resolver/question.hpp"
#include "resolver/target_watch.hpp"
#include "resolver/upstream.hpp"
#include "store/counters.hpp"
#include "store/history_ring.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

// What a handler works with; all of it outlives the handler.
struct HandlerParts {
  const Settings& settings;
  const Policy& policy;
  const Clock& clock;
  Cache& cache;
  Upstream& upstream;
  HistoryRing& ring;
  ObservationSink& sink;
  TargetWatch& targets;
  WorkerCounters& counters;
};

class QueryHandler {
 public:
  explicit QueryHandler(const HandlerParts& parts) : parts_(parts) {}

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

  // Clients' queries that wait for upstream: each is answered through its sender.
  std::size_t waiting_askers() const { return waiting_askers_; }

 private:
  // One who waits for an answer from upstream. His packet is kept whole, because his flags shape his answer.
  struct Asker {
    std::string packet;
    Client client;
    std::weak_ptr<AnswerSender> sender;
    Moment arrival;
  };
  struct Pending {
    Decision decision;
    std::vector<Asker> askers;
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
  std::size_t decide(const Query& query, const CacheKey& key, std::span<const std::uint8_t> packet,
                     const Client& client, const Moment& arrival, std::span<std::uint8_t> out);
  void wait_for_upstream(const Query& query, Decision decision, std::span<const std::uint8_t> packet,
                         const Client& client, const Moment& arrival);
  void upstream_answered(const std::string& pending_key, const UpstreamQuestion& question,
                         const UpstreamAnswer& answer);
  void answer_all(const Pending& pending, const PreparedAnswer& prepared, const IpAddress* upstream);
  void observe(const Decision& decision, const DnsName& name, const JudgedAnswer& judged, const Endpoint& server);
  std::size_t respond(const Query& query, const Client& client, const Moment& arrival, const PreparedAnswer& answer,
                      std::uint32_t age_s, Origin origin, const IpAddress* upstream, std::span<std::uint8_t> out);
  void record(const Query& query, const Client& client, const Moment& arrival, const Outcome& outcome);
  const std::string& profile_of(const Decision& decision) const;
  std::uint32_t now_s() const;

  HandlerParts parts_;
  std::unordered_map<std::string, Pending> pending_;
  std::size_t waiting_askers_ = 0;
  unsigned cache_answers_ = 0;
  SteadyTime recorded_at_{};
  std::array<char, 4096> answers_;  // of the record that is being made
};

}  // namespace sinkfeed
