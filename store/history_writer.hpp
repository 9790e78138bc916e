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
#include <vector>

#include "config/clock.hpp"
#include "config/settings.hpp"
#include "store/answer_watch.hpp"
#include "store/database.hpp"
#include "store/health.hpp"
#include "store/history.hpp"
#include "store/history_age.hpp"
#include "store/history_catalogue.hpp"
#include "store/history_columns.hpp"
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
  HistoryRing& ring(int worker) { return *workers_[static_cast<std::size_t>(worker)]; }
  const Database& database() const { return database_; }

  // history_snapshot.cpp. Any thread. Holds every record that was pushed before the call.
  HistorySnapshot snapshot(std::optional<WallTime> since, std::optional<WallTime> until);
  // The piece that holds the record of this number or, if there is none any more, the next there is; of records that
  // are in no block at most `most`, from that one on. Nothing: no record has such a number yet. Any thread.
  std::optional<HistoryPiece> piece_at(std::uint64_t record, std::size_t most) const;
  // The number of the record that comes next; and of the first that is in no block, whose number another record may
  // have after a crash. Any thread.
  std::uint64_t next_record() const;
  std::uint64_t settled_record() const;
  bool has_block(const std::string& key) const;
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
    std::shared_ptr<const BlockInfo> info;
    Database::Batch batch;
  };

  HistoryWriter(Database& database, bool writable, const std::filesystem::path& folder,
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
  // Of blocks that an earlier start has written, a few at a time.
  void note_names();
  void remove_retired();
  // What was pushed before the last call, or everything. Most of that is in blocks by then where queries come fast.
  void sync_rings(bool everything);
  void apply_retention();  // history_retention.cpp
  void report_failure(const Problem& problem);

  Database& database_;
  const bool writable_;
  const std::filesystem::path folder_;  // of the rings
  const Clock& clock_;
  Health& health_;
  Ledger* const ledger_;  // null: nobody wants to know

  mutable std::mutex mutex_;  // guards what follows; workers never take it
  std::condition_variable wake_;
  bool stopping_ = false;
  Settings::History settings_;
  std::vector<std::unique_ptr<Source>> sources_;  // only the writer thread takes one out
  std::deque<Pending> pending_;
  std::shared_ptr<HistoryColumns> spare_;  // empty columns of the last block, for the next one
  std::optional<AnswerWatch> answers_;
  BlockCatalogue catalogue_;  // changed by the writer thread only, which may read it without the lock

  std::vector<HistoryRing*> workers_;
  std::vector<std::string> problems_;
  // The writer thread's own.
  std::optional<Prepared> prepared_;
  HistoryNames names_;
  std::vector<std::string> unnamed_;  // keys of blocks whose names are in no filter yet, the oldest last
  bool failing_ = false;
  std::chrono::steady_clock::time_point retry_at_, report_at_, sync_at_;
  SteadyTime retention_at_;
  std::optional<RetentionClock> age_clock_;
  bool told_of_doubt_ = false;
  std::thread thread_;
};

}  // namespace sinkfeed
