// The history's writing side: rings in, blocks out, and what has not reached a block yet. history.hpp is its face.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "config/clock.hpp"
#include "config/settings.hpp"
#include "store/answer_watch.hpp"
#include "store/chain.hpp"
#include "store/client_mask.hpp"
#include "store/database.hpp"
#include "store/health.hpp"
#include "store/history.hpp"
#include "store/history_age.hpp"
#include "store/history_catalogue.hpp"
#include "store/history_columns.hpp"
#include "store/history_holds.hpp"
#include "store/history_names.hpp"
#include "store/history_ring.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

inline constexpr std::uint64_t kRingCapacity = 16 << 20;

// What a search sees: each record once, in a block or in columns that are not a block yet.
struct HistorySnapshot {
  std::vector<std::shared_ptr<const BlockInfo>> blocks;  // by the time range asked for
  std::vector<std::shared_ptr<const HistoryColumns>> pending;
  std::vector<std::string> problems;  // what could not be read when the history was opened
};

// Neither: retention has taken it.
struct BlockBytes {
  std::optional<std::string> bytes;
  std::string damage;  // why they cannot be had
};

// What comes next for somebody who follows the history: a block that is to be read, or records that are in none yet.
struct HistoryPiece {
  std::shared_ptr<const BlockInfo> block;
  std::vector<QueryRecord> records;
  std::uint64_t first_record = 0;  // number of its first record
};

class HistoryWriter {
 public:
  // As History::open. Read-only: what the rings hold is read once, now; nothing is written and no thread runs.
  static Result<std::unique_ptr<HistoryWriter>> open(Database& database, Database::Mode mode,
                                                     const std::filesystem::path& rings, int workers,
                                                     const Settings::History& settings, const Clock& clock,
                                                     Health& health, Ledger* ledger);
  ~HistoryWriter();
  HistoryWriter(const HistoryWriter&) = delete;
  HistoryWriter& operator=(const HistoryWriter&) = delete;

  // As of History.
  Result<void> open_ring(int worker);
  void keep(const Settings::History& settings);
  Result<void> seal();
  Result<void> erase(const IpAddress& client);
  ErasureProgress erasure() const;
  HistoryRing& ring(int worker) { return *workers_[static_cast<std::size_t>(worker)]; }
  const Database& database() const { return database_; }
  Chain& chain() { return *chain_; }
  HistoryHolds& holds() { return *holds_; }

  // history_snapshot.cpp. Any thread. Holds every record that was pushed before the call.
  HistorySnapshot snapshot(std::optional<WallTime> since, std::optional<WallTime> until);
  // The piece that holds the record of this number or, if there is none any more, the next there is; of records that
  // are in no block at most `most`, from that one on. Nothing: no record has such a number yet. Any thread.
  std::optional<HistoryPiece> piece_at(std::uint64_t record, std::size_t most) const;
  // The number of the record that comes next; and of the first that is in no block, whose number another record may
  // have after a crash. Any thread.
  std::uint64_t next_record() const;
  std::uint64_t settled_record() const;
  // A block's bytes, as they were when it was written or, if a client was erased from it since, as they are. A Problem:
  // the store cannot be read just now. Any thread.
  Result<BlockBytes> bytes_of(const BlockInfo& block) const;
  HistoryTotals totals() const;

 private:
  struct Source {
    std::unique_ptr<HistoryRing> ring;
    std::filesystem::path file;
    std::uint64_t read_to = 0;
    std::uint64_t sync_to = 0;  // where the ring was when rings were last brought to disk
    bool retired = false;       // no worker writes it any more: removed when its records are in blocks
  };
  // Becomes one block. Sealed: nothing is added any more.
  struct Pending {
    std::shared_ptr<HistoryColumns> columns;
    bool sealed = false;
    bool shown = false;  // a search may still read the columns, even when this is gone
    SteadyTime opened;
    std::vector<std::pair<Source*, std::uint64_t>> positions;  // of each ring, after its last record here
  };
  // A block ready to be written, kept as it is until that succeeds.
  struct Prepared {
    std::shared_ptr<BlockInfo> info;  // its link's number comes last
    ChainLink link;
    Database::Batch batch;
  };

  HistoryWriter(Database& database, bool writable, ClientMask mask, const std::filesystem::path& folder,
                const Settings::History& settings, const Clock& clock, Health& health, Ledger* ledger);
  // The key in meta of a ring's position (store/keys.hpp).
  static std::string position_key(std::string_view ring_id);
  // history_recovery.cpp
  Result<void> open_rings(int workers);
  Result<void> open_left_behind(const std::filesystem::path& file);
  Result<void> open_worker_ring(const std::filesystem::path& file);
  void read_left_behind();
  Result<void> adopt(std::unique_ptr<HistoryRing> ring, const std::filesystem::path& file, bool retired);
  Result<void> forget_positions_of_no_ring();
  // history_adoption.cpp
  Result<void> begin_adopting();
  void go_on_adopting();
  Result<void> adopt_some(std::chrono::steady_clock::time_point until);
  Result<void> finish_adopting();

  void run();
  // With the lock held. False: what waits already is the most that may wait.
  bool drain();
  // Tells the ledger what clients were told. Without the lock.
  void pass_on();
  Pending& open_pending();
  std::size_t room() const;
  bool front_is_due() const;
  std::uint64_t lost() const;
  // Without the lock, by the writer thread (or the one thread there is) alone.
  void commit_due(bool everything);
  Result<void> commit_front();
  Prepared prepare(const Pending& pending);
  ChainLink link_of(const BlockInfo& block, std::string digest) const;
  // Of blocks that an earlier start has written, a few at a time.
  void note_names();
  void remove_retired();
  // What was pushed before the last call, or everything. Most of that is in blocks by then where queries come fast.
  void sync_rings(bool everything);
  // history_retention.cpp
  void apply_retention();
  Result<void> drop(const std::vector<std::shared_ptr<const BlockInfo>>& blocks);
  // What retention has taken out of the index goes from the disk bit by bit. What is left of it is in the store, too.
  struct Doomed {
    std::vector<std::pair<std::string, std::string>> ranges;  // of keys; the first `gone` are done
    std::size_t gone = 0;
    bool holds(std::string_view key) const;
  };
  Result<void> load_doomed();
  void go_on_dropping();
  Result<void> drop_some();
  Result<void> finish_dropping();
  Result<void> forget_doomed();
  // history_merging.cpp
  void go_on_merging();
  std::vector<std::shared_ptr<const BlockInfo>> mergeable() const;
  Result<void> merge(const std::vector<std::shared_ptr<const BlockInfo>>& blocks);
  Result<void> delete_replaced();
  Result<void> load_replaced();
  // history_erasure.cpp
  struct Erasure {
    IpAddress client;
    std::string next;  // the first key that was not looked at yet
    std::uint64_t blocks = 0, damaged = 0;
    WallTime first, last;  // of the blocks that had it
  };
  static std::string encode_erasure(const Erasure& erasure);
  Result<void> load_erasure();
  void go_on_erasing();
  Result<void> erase_from(Erasure erasure, const BlockInfo& block);
  std::optional<std::string> without_client(std::string_view block, const IpAddress& client);
  Result<void> finish_erasure(const Erasure& erasure);
  void report_failure(const Problem& problem);

  Database& database_;
  const bool writable_;
  const std::filesystem::path folder_;  // of the rings
  const Clock& clock_;
  Health& health_;
  Ledger* const ledger_;  // null: nobody wants to know
  // From open() on; both thread-safe.
  std::unique_ptr<Chain> chain_;
  std::unique_ptr<HistoryHolds> holds_;

  mutable std::mutex mutex_;  // guards what follows; workers never take it
  std::condition_variable wake_, sealed_;
  bool stopping_ = false;
  // How often seal() was called, how far the writer has come with that, and whether it could not write the last time.
  std::uint64_t seals_wanted_ = 0, seals_done_ = 0;
  bool seal_failed_ = false;
  Settings::History settings_;
  std::vector<std::unique_ptr<Source>> sources_;  // only the writer thread takes one out
  std::deque<Pending> pending_;
  std::shared_ptr<HistoryColumns> spare_;  // empty columns of the last block, for the next one
  std::optional<AnswerWatch> answers_;
  ClientMask mask_;
  std::optional<Erasure> erasure_;
  bool erasure_is_new_ = false;   // not on disk yet
  std::string rewritten_sha256_;  // of a block that is just being written again
  ErasureProgress last_erasure_;
  BlockCatalogue catalogue_;  // changed by the writer thread only, which may read it without the lock

  std::vector<HistoryRing*> workers_;
  std::vector<std::string> problems_;
  // The writer thread's own.
  std::optional<Prepared> prepared_;
  HistoryNames names_;
  std::vector<std::string> unnamed_;   // keys of blocks whose names are in no filter yet, the oldest last
  std::vector<std::string> unlinked_;  // keys of blocks that are not in the chain yet, the oldest last
  bool adopting_ = false;
  std::vector<std::shared_ptr<const BlockInfo>>
      replaced_;                                 // others have taken their place, their bytes are there still
  std::unordered_set<std::string> unmergeable_;  // keys of blocks
  std::size_t merged_of_ = 0;                    // so many blocks had no filter when none could be merged
  bool failing_ = false;
  std::chrono::steady_clock::time_point retry_at_, report_at_, sync_at_, erase_at_, adopt_at_, merge_at_, drop_at_;
  SteadyTime retention_at_;
  std::optional<Doomed> doomed_;  // nothing: not read from the store yet
  std::optional<RetentionClock> age_clock_;
  bool told_of_doubt_ = false;
  std::thread thread_;
};

}  // namespace sinkfeed
