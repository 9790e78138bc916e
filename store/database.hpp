// One RocksDB with the column families of the design, behind the few calls that the rooms need. RocksDB's own headers
// stay in database.cpp. Keys: store/keys.hpp; values: store/records.proto.
//
// Opened for writing by the daemon alone; the command line opens it read-only when no daemon runs. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/clock.hpp"
#include "config/result.hpp"

namespace sinkfeed {

inline constexpr std::uint32_t kSchemaVersion = 2;  // 2: with the columns history_names and chain

enum class Column : std::uint8_t { ledger, changes, names, history, history_index, meta, history_names, chain };
inline constexpr int kColumns = 8;

class Database {
 public:
  enum class Mode : std::uint8_t { read_write, read_only };

  // Several writes that become durable together or not at all.
  class Batch {
   public:
    void put(Column column, std::string key, std::string value);
    void remove(Column column, std::string key);
    // Of `names` alone: the value is merged with what there is (store/name_merge.hpp), without it being read now.
    void merge(Column column, std::string key, std::string value);
    bool empty() const { return operations_.empty(); }
    std::size_t size() const { return operations_.size(); }
    // Leaves the first `size` operations.
    void cut(std::size_t size) { operations_.resize(size); }

   private:
    friend class Database;
    enum class Kind : std::uint8_t { put, remove, merge };
    struct Operation {
      Kind kind = Kind::put;
      Column column = Column::meta;
      std::string key;
      std::string value;
    };
    std::vector<Operation> operations_;
  };

  // read_write makes the directory and an empty store if there is none. Problems, each one clear sentence: the
  // directory cannot be made or written, another process has it open, its schema is newer than this program's, it is
  // damaged, the disk is full, and (read_only) there is no store.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // On disk (write-ahead log synced) when it returns without a Problem. After a failure (disk full) nothing is written
  // until resume() has succeeded; reading goes on. What a failed write held is not there afterwards: write it again.
  Result<void> write(const Batch& batch);
  // Looks for room and, if there is some, closes RocksDB and opens it again, because its writer stays unusable after an
  // error. Nothing to do while all is well. Reads that come in that moment get a Problem.
  Result<void> resume();

  // Nothing if there is no such key.
  Result<std::optional<std::string>> get(Column column, std::string_view key) const;
  // Calls `visit` for each key in [from, to) in order (to empty: to the end; descending: from the last to the first) on
  // one consistent snapshot, until it returns false. The views are valid during the call only.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  Result<void> scan(Column column, std::string_view from, std::string_view to, const Visit& visit,
                    bool descending = false) const;
  // Drops all keys in [from, to): whole files at once, the rest by a tombstone. For retention on time-ordered keys.
  Result<void> drop_range(Column column, std::string_view from, std::string_view to);
  // The same step by step: at most so many whole files, the lowest keys first, for each takes the file system some
  // milliseconds. True: that was all of it. Until then some keys of the range are there and some are not.
  Result<bool> drop_some(Column column, std::string_view from, std::string_view to, std::size_t most_files);
  // Makes the folder `to`, whose parent there is, with all that has been written so far; files that do not change any
  // more are linked. Writing goes on meanwhile.
  Result<void> checkpoint(const std::filesystem::path& to) const;
  // Names that were last seen before `time` are dropped when files are compacted, from now on.
  void forget_names_before(WallTime time) { *names_cut_ = time.time_since_epoch().count(); }
  // Compacts all of a column's files now. Takes as long as it takes to read and write them.
  Result<void> compact(Column column);
  // Bytes on disk, about.
  std::uint64_t bytes_on_disk() const;
  std::uint64_t bytes_on_disk(Column column) const;

 private:
  struct Handle;
  using NamesCut = std::shared_ptr<std::atomic<std::int64_t>>;
  Database(std::filesystem::path path, Mode mode, NamesCut names_cut, std::shared_ptr<Handle> handle);
  Result<std::shared_ptr<Handle>> handle() const;
  Problem broken(Problem problem);

  const std::filesystem::path path_;
  const Mode mode_;
  // Microseconds since 1970; whatever RocksDB is open has it too.
  const NamesCut names_cut_;
  std::mutex resuming_;             // one resume() at a time
  mutable std::mutex mutex_;        // guards the two below; never held during I/O
  std::shared_ptr<Handle> handle_;  // null while RocksDB is being opened again
  bool broken_ = false;             // a write failed: none is tried before resume() has succeeded
};

}  // namespace sinkfeed
