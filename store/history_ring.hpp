// A worker's history ring: a memory-mapped file that one worker writes and one reader drains, without a lock.
// A killed process loses nothing: what was pushed is in the page cache, and the next start reads it from the file.
//
// The file is allocated in full when it is made, so that a full disk can never fault a push. A push never waits: if the
// reader is behind and the record does not fit, the loss is counted and the reader gets a gap record.
// Guarded by the ring-push benchmark in tests/bench.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "config/result.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

class ClientMask;

class HistoryColumns;

class HistoryRing {
 public:
  // Opens or makes the ring file. `capacity` in bytes, a power of two of at least 64 KiB; an existing ring of another
  // capacity is drained first by History and then made anew.
  static Result<std::unique_ptr<HistoryRing>> open(const std::filesystem::path& file, std::uint64_t capacity);
  // For reading what a daemon that is not running left behind.
  static Result<std::unique_ptr<HistoryRing>> open_read_only(const std::filesystem::path& file);
  ~HistoryRing();

  // The owning worker only. False: it did not fit and was counted.
  bool push(const RecordView& entry);

  // The owning worker, or anyone once that worker is gone: writes the gap record that the next push would write. False:
  // there is no room for it yet.
  bool record_loss();
  // Before the first push or read: everything before `position` is in the store already. A ring that lost its last
  // writes with the power may be behind that.
  void resume_at(std::uint64_t position);

  // The reader only: appends to `out` the records after `position`, at most `limit`, and returns the new position. A
  // record whose checksum fails ends the reading (power loss); it and what follows are reported as a gap.
  std::uint64_t read(std::uint64_t position, std::size_t limit, HistoryColumns& out, ClientMask* mask = nullptr);
  // The reader only, after reading up to `position`: a gap record for the losses that no record before it tells of, if
  // there are any. It is for showing; the worker's next push writes the one that is kept.
  std::optional<QueryRecord> loss_after(std::uint64_t position) const;
  // The reader only: records pushed and not yet read, about.
  std::uint64_t unread() const;
  // The reader only: gives the space up to `position` (one that read returned) back to the worker.
  void release(std::uint64_t position);

  std::uint64_t lost() const;      // records that did not fit since the ring was opened by open()
  std::uint64_t released() const;  // all before it is given back
  std::uint64_t written() const;   // all before it is complete
  std::string_view id() const;     // 16 random bytes, made with the file
  std::uint64_t capacity() const;
  // The reader only: to disk what was pushed before `position` (one that written() returned) and is in no block yet,
  // for power loss.
  Result<void> sync(std::uint64_t position);

 private:
  struct Mapping;
  explicit HistoryRing(std::unique_ptr<Mapping> mapping);
  std::unique_ptr<Mapping> mapping_;
};

}  // namespace sinkfeed
