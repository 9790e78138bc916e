#include "feed/totals.hpp"

namespace sinkfeed {

std::vector<Total> totals_of(const Counters& counters) {
  const auto sum = [&](auto member) { return counters.sum(member); };
  return {
      {"cache_hits", "Queries that were answered from the cache", sum(&WorkerCounters::cache_hits)},
      {"upstream_questions", "Clients' questions that were put to upstream", sum(&WorkerCounters::upstream_questions)},
      {"upstream_failures", "Of those, the ones without a usable answer", sum(&WorkerCounters::upstream_failures)},
      {"upstream_strays", "Packets of upstream that answered nothing: late, twice, or forged",
       sum(&WorkerCounters::upstream_strays) + counters.sweep_strays.load()},
      {"dropped_packets", "Clients' packets that got no answer", sum(&WorkerCounters::dropped_packets)},
      {"sweep_targets", "Names that the sweep watches", counters.sweep_targets.load(), true},
      {"sweep_questions", "Questions of the sweep", counters.sweep_questions.load()},
      {"sweep_subnet_questions", "Of those, the ones for client subnets", counters.sweep_subnet_questions.load()},
      {"sweep_mismatches", "Answers for another client subnet than was asked for, which were dropped",
       counters.sweep_mismatches.load()},
      {"observations_dropped", "Observations for which the ledger had no room", counters.observations_dropped.load()},
  };
}

}  // namespace sinkfeed
