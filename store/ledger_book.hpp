// The ledger's contents in memory: entries, sightings of never-listed names, the current generation; what has changed
// since it was last written, and the batch that writes it (ledger_edition.cpp). No thread, no lock: Ledger guards it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/database.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

class LedgerBook {
 public:
  // Evidence kept of one address. Beyond it goes what is no reason to publish today, then what was seen longest ago:
  // which ones stay does not depend on the order in which they came. Never-listed names are bounded alike.
  static constexpr std::size_t kMaxEvidence = 64;
  static constexpr std::size_t kMaxNeverNames = 64;

  LedgerBook(std::shared_ptr<const Catalogue> catalogue, Guards guards);

  // Everything as it was written last, the generation included. A damaged record is a Problem that names its key.
  Result<void> load(const Database& database);
  // Another catalogue and other guards; read_names and judge_all must follow.
  void reconfigure(std::shared_ptr<const Catalogue> catalogue, Guards guards);
  // The names on today's never lists, as they were written. A Problem: they could not be read, and only those that are
  // in memory already guard.
  Result<void> read_names(const Database& database);
  // Today's catalogue and guards applied to every entry, and the profiles' known addresses added at `now`.
  void judge_all(WallTime now);

  void apply(const Observation& observation);
  void apply(const NeverObservation& observation);

  // Something is new that a feed or a reader must not lose: to be written at once.
  bool has_news() const { return !news_.empty() || fresh_names_ || feeds_differ_; }
  // Only times and counts changed: to be written some time.
  bool has_touched() const { return !touched_.empty() || !touched_names_.empty(); }

  // All that is unwritten, as one batch, with the next generation if the published set has changed (or if there is none
  // yet).
  struct Edition {
    Database::Batch batch;
    std::shared_ptr<const Generation> generation;                 // null: the published set is the same
    std::set<std::pair<std::string, IpAddress>> first_published;  // never published before it
  };
  Edition prepare(WallTime now) const;
  // The edition is on disk: its generation, if any, is the current one and nothing is unwritten.
  void committed(const Edition& edition);

  const std::shared_ptr<const Generation>& current() const { return current_; }
  std::size_t unwritten() const { return news_.size() + touched_.size() + touched_names_.size(); }
  std::vector<LedgerEntry> find(const IpAddress& address) const;
  // The never-listed names that guard the address now.
  std::vector<NameSighting> guarding(const IpAddress& address) const;
  const std::map<std::pair<std::string, IpAddress>, LedgerEntry>& entries() const { return entries_; }

 private:
  using Key = std::pair<std::string, IpAddress>;

  Result<void> load_generation(const Database& database);
  LedgerEntry& entry(const Key& key);
  void keep_evidence(LedgerEntry& entry, Evidence evidence);
  void judge(const Key& key, LedgerEntry& entry);
  std::vector<GenerationChange> changes() const;
  std::shared_ptr<Generation> build(std::uint64_t number, WallTime created,
                                    std::shared_ptr<const Catalogue> catalogue) const;

  std::shared_ptr<const Catalogue> catalogue_;
  Guards guards_;
  std::map<Key, LedgerEntry> entries_;
  std::map<IpAddress, std::map<DnsName, NameSighting>> never_;
  std::set<Key> published_;  // as of the current generation
  std::set<Key> news_, touched_;
  std::set<std::pair<IpAddress, DnsName>> touched_names_;  // one that is not in never_ any more is to be removed
  bool fresh_names_ = false;                               // some of them are new: to be written at once
  bool feeds_differ_ = false;  // other profiles, titles or ports than the current generation has
  std::shared_ptr<const Generation> current_;
};

}  // namespace sinkfeed
