// The history of all queries: takes records from the workers' rings, keeps them as blocks in the store, finds them
// again.
//
// One writer thread drains the rings several times a second into a pending block, which goes to the store (synced, with
// the ring positions it covers, in one batch) when it is full or a minute old. Ring space is given back only then.
// If the store cannot be written, draining stops, rings fill, the loss is counted and later recorded as a gap; DNS goes
// on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "config/clock.hpp"
#include "config/settings.hpp"
#include "store/chain.hpp"
#include "store/database.hpp"
#include "store/health.hpp"
#include "store/history_groups.hpp"
#include "store/history_holds.hpp"
#include "store/history_record.hpp"
#include "store/history_ring.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

// What is searched for; empty members match everything, all given members must match.
struct HistoryFilter {
  std::optional<Network> client;
  std::optional<DnsName> name;  // exact, or with `below` all names below it, itself excluded
  bool below = false;
  std::string name_part;  // stands somewhere in the name's text, lower case; or at its start, at its end:
  bool part_at_start = false, part_at_end = false;
  std::optional<std::uint16_t> type;
  std::optional<Verdict> verdict;
  std::optional<std::uint8_t> rcode;
  std::optional<IpAddress> answer;       // in the answer section
  std::optional<WallTime> since, until;  // since <= time < until
  bool newest_first = true;
  std::size_t limit = 100;                                        // 0: no limit
  std::stop_token stop;                                           // ends a search early that nobody waits for any more
  std::optional<std::chrono::steady_clock::time_point> deadline;  // so does this

  // A gap record matches whenever its time does: what was lost may have been what is searched for.
  bool matches(const QueryRecord& record) const;
  // Whether `name_part` stands where it may in a name's text.
  bool part_is_in(std::string_view text) const;
  // Reads --name: "talk.google.com" exact, "*.google.com" below; else a * stands for any text, at the start, at the end
  // or at both: "talk*", "*talk.google.com", "*talk*".
  Result<void> set_name(std::string_view text);
};

// Where a page of a search ended. It holds while the history goes on: what is later begins after it, whatever comes.
struct HistoryCursor {
  WallTime time;            // of the last record that was shown
  std::uint32_t shown = 0;  // records of that very time that were
  std::string text() const;
  static Result<HistoryCursor> parse(std::string_view text);
  friend bool operator==(const HistoryCursor&, const HistoryCursor&) = default;
};

struct HistoryPage {
  std::optional<HistoryCursor> next;  // from where there may be more; nothing: that was all
  bool unfinished = false;            // stopped, or out of time, before there were as many as were wanted
  std::string damage;                 // what could not be read, as search() says it; empty: all was
};

struct HistoryCount {
  std::uint64_t queries = 0;  // that match
  std::uint64_t lost = 0;     // in the same time, because a ring was full; any of them may have matched
};

struct HistoryTop {
  std::vector<HistoryGroup> groups;
  std::uint64_t distinct = 0;  // groups there are
  HistoryCount of;             // all of them together
};

struct ErasureProgress {
  bool is_running = false;
  std::uint64_t blocks = 0;   // that had the client
  std::uint64_t damaged = 0;  // that could not be read
  double done = 0;            // of all blocks, 0 to 1
};

struct HistoryTotals {
  std::uint64_t records = 0;  // in blocks and pending
  std::uint64_t blocks = 0;
  std::uint64_t block_bytes = 0;
  std::uint64_t lost = 0;  // since the start, because a ring was full
  std::optional<WallTime> oldest, newest;
};

class HistoryFollower;

class History {
 public:
  // read_write: opens `workers` rings in `rings` (made if absent; rings of workers that are no more are drained and
  // removed) and starts the writer. read_only: reads blocks and whatever the rings still hold.
  // The database, clock and health must outlive it; so must the ledger, if one is to know what clients were told.
  static Result<std::unique_ptr<History>> open(Database& database, Database::Mode mode,
                                               const std::filesystem::path& rings, int workers,
                                               const Settings::History& settings, const Clock& clock, Health& health,
                                               Ledger* ledger = nullptr);
  // Drains the rings and writes everything. No worker may push any more.
  ~History();

  // A ring for a worker that is added while the program runs: the number after those that there are, or one that has
  // been. One thread at a time.
  Result<void> open_ring(int worker);
  // How much is kept, from now on. Any thread.
  void keep(const Settings::History& settings);
  // Returns when all that was pushed before is in blocks, or with why it is not. Not while the history is closed.
  Result<void> seal();

  // The ring of a worker that has one, for that worker alone; owned by the history.
  HistoryRing& ring(int worker);

  // Calls `found` for each match in order of time until it returns false or the limit is reached; sees every record
  // that was pushed before the call. Any thread; holds no lock that a worker or the writer needs for long. A part that
  // cannot be read (a damaged block) is left out, the rest is found all the same, and at the end comes a Problem that
  // says which part: the result must then be shown as not whole. So it is after `stop`, which is heeded before each
  // block is read.
  Result<void> search(const HistoryFilter& filter, const std::function<bool(const QueryRecord&)>& found) const;
  // As search, from where another page ended, and with what goes on from here.
  HistoryPage page(const HistoryFilter& filter, const std::optional<HistoryCursor>& from,
                   const std::function<void(const QueryRecord&)>& found) const;
  // As search, only counted (the limit does not apply).
  Result<HistoryCount> count(const HistoryFilter& filter) const;
  // Counted by what they have in common; the filter's limit is how many groups. `width`: of pieces of time.
  Result<HistoryTop> top(const HistoryFilter& filter, GroupBy by,
                         std::chrono::seconds width = std::chrono::hours(1)) const;
  // The same by each of these, in their order, reading the history once.
  Result<std::vector<HistoryTop>> tops(const HistoryFilter& filter, const std::vector<GroupBy>& by,
                                       std::chrono::seconds width) const;
  HistoryTotals totals() const;
  // Takes a client's address, and its pseudonym of hash_client, out of all that was recorded before the call; goes on
  // after a restart. A Problem: it cannot begin, or another client is being erased.
  Result<void> erase(const IpAddress& client);
  // Of the erasure that runs, or of the last one.
  ErasureProgress erasure() const;
  // What proves that blocks are as they were written, and the times that retention leaves alone. Any thread.
  Chain& chain() const;
  HistoryHolds& holds() const;

 private:
  friend HistoryFollower;  // history_follow.hpp: reads on as records come
  struct Core;
  explicit History(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace sinkfeed
