// The ledger: every address ever observed, each with its evidence and state; and the generations made of it.
//
// Kept whole in memory and in RocksDB. One writer thread takes observations from a queue in batches, judges them,
// writes one synced batch (ledger rows, change records, the generation counter) and only then publishes the new
// generation. Observations that change nothing but times and counts are written together every few minutes.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/catalogue.hpp"
#include "config/clock.hpp"
#include "config/settings.hpp"
#include "store/counters.hpp"
#include "store/database.hpp"
#include "store/feed_gate.hpp"
#include "store/generation.hpp"
#include "store/guards.hpp"
#include "store/health.hpp"
#include "store/ledger_age.hpp"
#include "store/ledger_entry.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

// Which entries are wanted; what is not set does not matter.
struct LedgerFilter {
  std::optional<std::string> profile;
  std::optional<State> state;
  std::optional<Sharing> sharing;
  std::optional<Freshness> freshness;
  std::optional<int> family;
  std::optional<DnsName> name;  // with evidence for it: asked for, or as the target it led to
  bool below = false;           // not for that name, but for one below it
  std::optional<Network> network;
  std::optional<std::pair<std::string, IpAddress>> after;  // profile and address of the last one that is known already
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

// What one generation changed.
struct GenerationChange {
  bool added = false;  // or removed
  std::string profile;
  IpAddress address;
  std::string reason;
  bool shared = false;  // of the list of what others need too
};
struct GenerationSummary {
  std::uint64_t number = 0;
  WallTime created;
  std::uint64_t published = 0;
  std::vector<GenerationChange> changes;
};

// What the feeds do not have yet although the ledger says so (store/feed_gate.hpp).
struct FeedsHeldBack {
  struct OfProfile {
    FeedGate::Hold hold;
    std::size_t coming = 0, going = 0;  // that wait
  };
  std::optional<FeedGate::Pin> pin;
  std::map<std::string, OfProfile> profiles;
  std::vector<GenerationChange> waiting;  // some of them
  std::size_t all = 0;                    // that wait
};
// What came of a rollback.
struct RolledBack {
  std::uint64_t generation = 0;  // that was made for it
  std::size_t kept_out = 0;      // addresses that a guard holds today
};

// Asks the resolver for a name that an address is about to be given up for.
class TargetAsker {
 public:
  virtual ~TargetAsker() = default;
  // Any thread; returns at once.
  virtual void ask_again(const std::string& profile, const DnsName& name, const DnsName& target) = 0;
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
  // What clients were told of other names. Any thread; queued as observations are.
  void observe_names(std::vector<NameObservation> names);
  // False: the ledger does not hold the address, nor has it for long. True: it probably does. Any thread, no lock.
  bool may_hold(const IpAddress& address) const;
  // A firewall has fetched a feed from there: its address is never published. Any thread; returns at once.
  void add_subscriber(const IpAddress& address);
  // Who is asked when an address is about to expire; null: nobody. Must outlive the ledger or be taken back.
  void set_asker(TargetAsker* asker);

  // A person's decisions. On disk, and in the current generation, when they return; any thread. Without a profile: for
  // every profile that has the address; one that none has can be held or allowed in advance, in every profile that is
  // loaded. Each returns the entries as they are now. A Problem: nothing has changed, or it is in force but could not
  // be written yet (it says so).
  Result<std::vector<LedgerEntry>> decide(const IpAddress& address, const std::optional<std::string>& profile,
                                          const Ruling& ruling);
  // Takes a ruling back: the address is what it is without it.
  Result<std::vector<LedgerEntry>> undo(const IpAddress& address, const std::optional<std::string>& profile,
                                        const std::string& by, const std::string& reason);
  // Removes the address with all evidence. With `until`, what is seen of it before then is not taken up; without, it
  // comes back as soon as it is seen again. No entry is left to return.
  Result<void> forget(const IpAddress& address, const std::optional<std::string>& profile, const std::string& by,
                      const std::string& reason, std::optional<WallTime> until);
  // A new generation that is equal to the one of that number, but for what guards hold today; from then on nothing
  // comes into the feeds, and only what the office needs goes. A Problem: there is none of that number to be had.
  Result<RolledBack> roll_back(std::uint64_t number, const std::string& by, const std::string& reason);
  // Ends that, and what the limits of growth and shrinkage hold back: the feeds are again as the ledger says. How many
  // changes that were. A Problem: nothing was held back.
  Result<std::size_t> release_feeds(const std::string& by, const std::string& reason);
  // With at most so many of the changes that wait, by profile and address; those behind `after`. Any thread.
  FeedsHeldBack held_back(std::size_t limit,
                          const std::optional<std::pair<std::string, IpAddress>>& after = std::nullopt) const;
  // Who did what, newest first; of one address or of all; those before the one of that number.
  Result<std::vector<LedgerAction>> actions(std::size_t limit, const std::optional<IpAddress>& address,
                                            std::uint64_t before = std::numeric_limits<std::uint64_t>::max()) const;

  // Waits until all that was observed before is judged and, if the disk allows, written. False after `patience`.
  bool settle(std::chrono::milliseconds patience);
  // The same, but what has only newer times and counts need not be written. Any thread.
  bool judged(std::chrono::milliseconds patience);

  // Any thread. Never null.
  std::shared_ptr<const Generation> current() const;
  // The observer is told of the current generation before this returns, then of each that comes: it misses none. It
  // must outlive the ledger. Any thread.
  void subscribe(GenerationObserver& observer);

  // Copies, any thread. Entries are ordered by profile, then address.
  std::vector<LedgerEntry> entries(const LedgerFilter& filter = {}) const;
  // Of the profile, from `first` on.
  std::vector<LedgerEntry> entries_from(const std::string& profile, const IpAddress& first, std::size_t limit) const;
  // How many addresses of the profile are in each state.
  std::map<State, FamilyCounts> count_by_state(const std::string& profile) const;
  std::vector<LedgerEntry> find(const IpAddress& address) const;
  // Entries with evidence for this name (asked for, or as the target it led to).
  std::vector<LedgerEntry> find(const DnsName& name) const;
  // The names that are no target and were seen resolving to the address, those that are needed most first.
  Result<std::vector<Need>> names_of(const IpAddress& address) const;
  // Newest first; those before the one of that number.
  Result<std::vector<GenerationSummary>> generations(
      std::size_t limit, std::uint64_t before = std::numeric_limits<std::uint64_t>::max()) const;
  // A generation as it was, with the profiles of the current one: what has changed since, taken back. Null: there never
  // was one of that number, or more has changed since than kMostTakenBack.
  static constexpr std::size_t kMostTakenBack = 1'000'000;
  Result<std::shared_ptr<const Generation>> generation(std::uint64_t number) const;
  // What the generations after `after`, up to and with `last`, have changed, oldest first, each with its number and
  // time.
  using TakeChange = std::function<void(std::uint64_t number, WallTime created, const GenerationChange& change)>;
  Result<void> replay(std::uint64_t after, std::uint64_t last, const TakeChange& take) const;
  // The number of the one that was current then; 0: there was none yet.
  Result<std::uint64_t> generation_at(WallTime time) const;
  // When the address came and went, newest first, at most `limit` times; each summary holds its changes alone.
  Result<std::vector<GenerationSummary>> generations_of(const IpAddress& address, std::size_t limit) const;

 private:
  struct Core;
  template <class Change>
  Result<void> change(Change change);
  bool wait_for_a_round(std::chrono::milliseconds patience, bool flush);
  explicit Ledger(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace sinkfeed
