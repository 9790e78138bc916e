// The ledger's contents in memory: entries, who else needs their addresses, what people decided, the current
// generation; what has changed since it was last written, and the batch that writes it (ledger_edition.cpp);
// ledger_load.cpp reads it back. No thread, no lock: Ledger guards it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <memory_resource>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/database.hpp"
#include "store/evidence_sources.hpp"
#include "store/growth_limit.hpp"
#include "store/kept_entry.hpp"
#include "store/large_pages.hpp"
#include "store/ledger.hpp"
#include "store/ledger_judge.hpp"
#include "store/needs.hpp"

namespace sinkfeed {

// What a reason to hold an address is compared by; 0 for none.
std::uint32_t hash_of_reason(const std::string& reason);

// The times by which things are judged and recorded.
struct Moment {
  WallTime wall;
  SteadyTime steady;
  std::uint32_t watched_s = 0;  // store/ledger_age.hpp
};

class LedgerBook {
 public:
  // Evidence kept of one address. Beyond it goes what is no reason to publish today, then what was seen longest ago:
  // which ones stay does not depend on the order in which they came.
  static constexpr std::size_t kMaxEvidence = 64;

  LedgerBook(std::shared_ptr<const Catalogue> catalogue, Guards guards);
  LedgerBook(const LedgerBook&) = delete;
  LedgerBook& operator=(const LedgerBook&) = delete;

  // What the time is, for all that comes after.
  void set_now(const Moment& now) { now_ = now; }

  // Everything as it was written last, the generation included. A damaged record is a Problem that names its key.
  Result<void> load(const Database& database);
  // Another catalogue and other guards; judge_all must follow.
  void reconfigure(std::shared_ptr<const Catalogue> catalogue, Guards guards);
  // Today's catalogue and guards applied to every entry, and the profiles' known addresses added.
  void judge_all();

  void apply(const Observation& observation);
  // Of an address that the book holds.
  void apply(const NameObservation& observation);
  bool holds(const IpAddress& address) const;
  // It is known already that this name needs this address.
  bool knows(const NameObservation& observation) const { return needs_.has(observation.address, observation.name); }
  // Addresses of which more is to be learned from the names that are kept on disk, and what was read of one.
  std::vector<IpAddress> to_be_read() const { return {to_be_read_.begin(), to_be_read_.end()}; }
  void learn(const IpAddress& address, const std::vector<Need>& needs);
  void add_subscriber(const IpAddress& address);

  // ledger_decisions.cpp: as Ledger's. The entries' addresses are in `address`.
  Result<void> decide(const IpAddress& address, const std::optional<std::string>& profile, const Ruling& ruling);
  Result<void> undo(const IpAddress& address, const std::optional<std::string>& profile, const std::string& by,
                    const std::string& reason);
  Result<void> forget(const IpAddress& address, const std::optional<std::string>& profile, const std::string& by,
                      const std::string& reason, std::optional<WallTime> until);
  // What was decided for a time that is over is undone.
  void end_decisions();

  // ledger_gate.cpp: as Ledger's. Returns how many addresses of that generation a guard keeps out today.
  std::size_t roll_back(const Generation& past, const std::string& by, const std::string& reason);
  // How many changes waited.
  Result<std::size_t> release_feeds(const std::string& by, const std::string& reason);
  FeedsHeldBack held_back(std::size_t limit, const std::optional<std::pair<std::string, IpAddress>>& after) const;

  // ledger_aging.cpp: looks at the next `look_at` entries, and begins anew at the end. Returns the names that must be
  // asked for once more, before what they led to goes.
  struct Question {
    std::string profile;
    DnsName name, target;
  };
  std::vector<Question> age(std::size_t look_at);
  // What other names were seen to need before that is forgotten.
  void age_needs(WallTime before);

  // Something is new that a feed or a reader must not lose: to be written at once.
  bool has_news() const {
    return !news_.empty() || needs_.has_news() || !actions_.empty() || !subscriber_news_.empty() || feeds_differ_ ||
           generation_wanted_;
  }
  // Only times and counts changed: to be written some time.
  bool has_touched() const { return !touched_.empty() || needs_.has_touched(); }

  // What is unwritten, as one batch, with the next generation if the published set has changed (or if there is none
  // yet): all news, and of what only has new times and counts at most `touched`.
  struct Edition;
  Edition prepare(std::size_t touched) const;
  // The edition is on disk: its generation, if any, is the current one and what it holds is not unwritten any more.
  void committed(const Edition& edition);

  const std::shared_ptr<const Generation>& current() const { return current_; }
  std::size_t unwritten() const { return news_.size() + touched_.size() + needs_.unwritten() + actions_.size(); }
  const Guards& guards() const { return guards_; }
  std::uint32_t watched_s() const { return now_.watched_s; }

  // ledger_copies.cpp
  void for_each_address(const std::function<void(const IpAddress&)>& visit) const;
  std::vector<LedgerEntry> find(const IpAddress& address) const;
  // Copies what matches, from the first entry after `after` on (null: from the beginning), until `limit` of them are
  // found or `look_at` were looked at. Returns the last place that was looked at; nothing: that was all.
  using Place = std::pair<std::string, IpAddress>;
  std::optional<Place> copy(const LedgerFilter& filter, const std::optional<Place>& after, std::size_t limit,
                            std::size_t look_at, std::vector<LedgerEntry>& to) const;
  std::vector<LedgerEntry> from(const std::string& profile, const IpAddress& first, std::size_t limit) const;
  std::map<State, FamilyCounts> count_by_state(const std::string& profile) const;
  std::vector<Need> needs_of(const IpAddress& address) const { return needs_.of(address); }

 private:
  // All addresses of one profile, loaded today or not.
  struct Shelf {
    explicit Shelf(std::string name, std::pmr::memory_resource& pool) : profile(std::move(name)), entries(&pool) {}
    std::string profile;
    std::pmr::map<IpAddress, KeptEntry> entries;
    AddressSet published, shared;          // as of the current generation
    std::array<FamilyCounts, 5> states{};  // how many are in each
    std::size_t& count_of(State state, const IpAddress& address) {
      FamilyCounts& counts = states.at(static_cast<std::size_t>(state));
      return address.is_v4() ? counts.v4 : counts.v6;
    }
  };
  // It may be in no shelf any more: then it was forgotten.
  struct Unwritten {
    Shelf* shelf;
    IpAddress address;
    friend auto operator<=>(const Unwritten&, const Unwritten&) = default;
  };

  // A change that the next generation may make.
  struct Due {
    Unwritten at;
    const KeptEntry* entry;  // null: it is in no shelf any more
    KeptEntry::List was, is, next = KeptEntry::List::none;
  };

  Shelf& shelf(const std::string& profile);
  const Shelf* find_shelf(const std::string& profile) const;
  Result<void> load_entries(const Database& database);
  Result<void> load_meta(const Database& database);
  Result<void> load_generation(const Database& database);
  KeptEntry& entry(Shelf& shelf, const IpAddress& address, WallTime seen);
  void keep_evidence(Shelf& shelf, const IpAddress& address, KeptEntry& entry, const KeptEvidence& evidence);
  EvidenceView view(const KeptEvidence& evidence) const;
  void judge(Shelf& shelf, const IpAddress& address, KeptEntry& entry);
  void judge(const IpAddress& address);
  Judgement judgement(const Shelf& shelf, const IpAddress& address, const KeptEntry& entry,
                      const Needs::Sum& needs) const;
  void write_meta(Database::Batch& batch) const;
  void show(Generation& generation, const Edition* changed) const;
  LedgerEntry copy_of(const Shelf& shelf, const IpAddress& address, const KeptEntry& entry) const;
  void set_state(Shelf& shelf, const IpAddress& address, KeptEntry& entry, State state);
  void add_news(Shelf& shelf, const IpAddress& address, KeptEntry& entry);
  void add_news(Shelf& shelf, const IpAddress& address);
  std::vector<Due> what_is_due() const;
  void write_list(Edition& edition, const Due& due) const;
  void show_otherwise(const Place& place, std::optional<KeptEntry::List> list);
  bool passes(const Due& due) const;
  void decide_lists(std::vector<Due>& due, FeedGate& gate) const;
  std::vector<Shelf*> shelves_for(const IpAddress& address, const std::optional<std::string>& profile);
  void without_decision(const Place& place);
  void end_at(const Place& place, WallTime until);
  void record(std::string what, const Place& place, const std::string& by, const std::string& reason,
              std::optional<WallTime> until);
  void record(std::string what, const std::string& by, const std::string& reason);

  std::shared_ptr<const Catalogue> catalogue_;
  Guards guards_;
  Moment now_;
  EvidenceSources sources_;
  // Entries and their evidence. Of entries it takes just two mebibytes at once, when there are many.
  LargePages pages_;
  std::pmr::unsynchronized_pool_resource pool_{{.max_blocks_per_chunk = 18700, .largest_required_pool_block = 1024},
                                               &pages_};
  std::map<std::string, Shelf> shelves_;
  Needs needs_;
  std::set<IpAddress> to_be_read_;
  bool needs_are_kept_ = false;  // in the store that was loaded
  std::map<Place, Ruling> rulings_;
  std::map<Place, WallTime> forgotten_;    // what is not taken up again until then
  std::multimap<SteadyTime, Place> ends_;  // when decisions and forgotten_ are looked at again
  GrowthLimit growth_;
  // Where age() goes on, and what was to be asked for once more, when (in watched seconds).
  std::optional<Place> aged_to_;
  std::map<Place, std::uint32_t> last_looks_;

  std::vector<Unwritten> news_, touched_;  // each once: the entries know whether they are there
  std::vector<LedgerAction> actions_;
  std::uint64_t actions_written_ = 0;  // in all
  std::set<Place> forgotten_news_;
  std::set<IpAddress> subscriber_news_;
  bool feeds_differ_ = false;       // other profiles, titles or ports than the current generation has
  bool generation_wanted_ = false;  // though nothing in it may differ: after a rollback
  FeedGate gate_;
  std::string gate_written_;
  bool released_ = false;                    // by a person: all that is due may be in the next generation
  std::map<Place, KeptEntry::List> wanted_;  // by a rollback, in the next generation
  // How many of those below wait to come and to go, of each profile that has some.
  std::map<std::string, FeedsHeldBack::OfProfile> waiting_;
  std::map<Place, KeptEntry::List> shown_otherwise_;  // in the current generation, than its entry says
  std::shared_ptr<const Generation> current_;
};

struct LedgerBook::Edition {
  Database::Batch batch;
  std::shared_ptr<const Generation> generation;  // null: the published set is the same
  std::vector<GenerationChange> changes;         // of it
  std::vector<Unwritten> first_published;        // never published before it
  struct Sets {
    AddressSet published, shared;
  };
  std::map<const Shelf*, Sets> sets;                           // of each profile where one has changed
  std::vector<std::pair<Unwritten, KeptEntry::List>> waiting;  // what stays as it was, and where that is
  std::vector<Place> agreed;                                   // what waited, and does not any more
  FeedGate gate;                                               // as it is then
  std::string gate_record;
  bool changes_what_waits = false;
  std::size_t touched = 0;  // how many of those are in it, the first ones
};

}  // namespace sinkfeed
