// The ledger: every address ever observed, each with its evidence and state; and the generations made of it.
//
// Kept whole in memory and in RocksDB. One writer thread takes observations from a queue in batches, judges them,
// writes one synced batch (ledger rows, change records, the generation counter) and only then publishes the new
// generation. Observations that change nothing but times and counts are written together every few seconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/catalogue.hpp"
#include "config/clock.hpp"
#include "config/settings.hpp"
#include "store/counters.hpp"
#include "store/database.hpp"
#include "store/generation.hpp"
#include "store/health.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

enum class State : std::uint8_t { published = 1, held = 2, allowed = 3, expired = 4 };  // as in records.proto
std::string_view state_name(State state);
enum class Sharing : std::uint8_t { unknown = 0, exclusive = 1, shared = 2 };
std::string_view sharing_name(Sharing sharing);

struct LedgerEntry {
  std::string profile;
  IpAddress address;
  WallTime first_seen, last_seen;
  std::uint64_t count = 0;
  std::vector<Evidence> evidence;
  State state = State::held;
  std::string reason;  // why it is not published; empty if it is
  Sharing sharing = Sharing::unknown;
  std::uint64_t first_generation = 0;
};

// A name on a never list that was seen resolving to an address.
struct NameSighting {
  DnsName name;
  std::string never_why;  // as the list says; empty if the name is on none any more
  WallTime first_seen, last_seen;
  std::uint64_t count = 0;
};

// What one generation changed.
struct GenerationChange {
  bool added = false;  // or removed
  std::string profile;
  IpAddress address;
  std::string reason;
};
struct GenerationSummary {
  std::uint64_t number = 0;
  WallTime created;
  std::uint64_t published = 0;
  std::vector<GenerationChange> changes;
};

// What keeps an address out of every feed, whatever was observed. Each guard names itself in LedgerEntry::reason:
// special-purpose ranges, our sinkhole, the upstream servers and our own listeners, feed.never_block, addresses that a
// never-listed name resolves to, and evidence whose names no profile with a tier that is on covers any more.
struct Guards {
  std::vector<Network> never_block;
  std::vector<IpAddress> ours;  // sinkhole and listeners: of a wildcard, all that the machine has
  std::vector<IpAddress> upstreams;
  static Guards from(const Settings& settings);
};

class Ledger final : public ObservationSink {
 public:
  // Loads the ledger, judges every address anew under today's catalogue and guards, adds the profiles' known addresses,
  // and (read_write) makes the first or next generation if that changed the published set, durably, before it returns.
  // The database, catalogue, clock, health and counters must outlive it. Read-only: nothing is written, no thread runs.
  static Result<std::unique_ptr<Ledger>> open(Database& database, Database::Mode mode,
                                              std::shared_ptr<const Catalogue> catalogue, Guards guards,
                                              const Clock& clock, Health& health, Counters& counters);
  ~Ledger() override;

  // Judges every address anew under another catalogue and other guards, and makes the next generation if that changes
  // what a feed holds. Any thread but the writer's; returns when that generation is current, or cannot be written now:
  // then it is made as soon as it can be.
  void reconfigure(std::shared_ptr<const Catalogue> catalogue, Guards guards);

  // ObservationSink: any thread.
  void observe(std::vector<Observation> observations, std::vector<NeverObservation> never) override;
  // Waits until all that was observed before is judged and, if the disk allows, written. False after `patience`.
  bool settle(std::chrono::milliseconds patience);

  // Any thread. Never null.
  std::shared_ptr<const Generation> current() const;
  // The observer is told of the current generation before this returns, then of each that comes: it misses none. It
  // must outlive the ledger. Any thread.
  void subscribe(GenerationObserver& observer);

  // Copies, any thread. Entries are ordered by profile, then address.
  std::vector<LedgerEntry> entries() const;
  std::vector<LedgerEntry> find(const IpAddress& address) const;
  // Entries with evidence for this name (asked for, or as the target it led to).
  std::vector<LedgerEntry> find(const DnsName& name) const;
  Result<std::vector<NameSighting>> names_of(const IpAddress& address) const;
  // Newest first.
  Result<std::vector<GenerationSummary>> generations(std::size_t limit) const;

 private:
  struct Core;
  explicit Ledger(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace sinkfeed
