// The node's chain of evidence: one for the history's blocks and for what administrators do, so that neither can be
// changed, left out or put in elsewhere later (store/history_verify.hpp looks). Links are never removed.
//
// Column chain: number(u64 be) -> ChainRecord; meta "chain": number(u64 be) and hash of the last link; meta
// "checkpoint/" to(u64 be) -> the checkpoint's line.
#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/clock.hpp"
#include "config/result.hpp"
#include "store/chain_link.hpp"
#include "store/checkpoint.hpp"
#include "store/database.hpp"

namespace sinkfeed {

class Chain {
 public:
  // The database and the clock outlive it.
  static Result<std::unique_ptr<Chain>> open(Database& database, const Clock& clock);

  // Writes the batch with these links, in their order, all or nothing; on disk when it returns the number of the first
  // of them. `numbered` is called with that before, to add to the batch what has to name it. After a Problem the batch
  // is as it was given: write it again. Any thread, one after the other.
  using Numbered = std::function<void(std::uint64_t first, Database::Batch& batch)>;
  Result<std::uint64_t> write(Database::Batch& batch, std::vector<ChainLink> links, const Numbered& numbered = {});
  // One link alone, with a text (JSON).
  Result<std::uint64_t> write(ChainLink::Kind kind, std::string text);
  // For what must not wait for the disk, as the daemon's start and stop: if it cannot be written now, it is written
  // before the next link that can.
  void note(ChainLink::Kind kind, std::string text);

  // Signs what is in the chain, and keeps the line, with a link of its own. A Problem if it cannot be written, or the
  // chain is empty.
  Result<Checkpoint> checkpoint(const NodeKey& key);

  // The number of the last link; 0: there is none.
  std::uint64_t length() const;
  // When the last checkpoint was signed; nothing if there is none. Never waits for the disk.
  std::optional<WallTime> checkpointed() const;

 private:
  Chain(Database& database, const Clock& clock) : database_(database), clock_(clock) {}
  Result<void> load();
  Result<std::uint64_t> write_locked(Database::Batch& batch, std::vector<ChainLink> links, const Numbered& numbered);

  Database& database_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // guards what follows, also while it is written: numbers have no gaps
  std::uint64_t last_ = 0;
  std::string last_hash_ = kNoLink;
  std::vector<ChainLink> waiting_;  // noted, and not written yet
  // Since the last checkpoint.
  std::uint64_t checked_to_ = 0;
  std::vector<std::string> leaves_;
  std::uint64_t blocks_ = 0, rows_ = 0;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
  std::atomic<std::int64_t> checkpointed_us_{kNever};
};

}  // namespace sinkfeed
