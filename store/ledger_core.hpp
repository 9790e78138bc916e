// The ledger's inside: the book, its locks, and the one thread that writes it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <unordered_set>
#include <vector>

#include "store/keys.hpp"
#include "store/ledger_book.hpp"
#include "store/names_by_address.hpp"

namespace sinkfeed {

// Which addresses the ledger may hold, for threads that must not wait: a Bloom filter that is only ever added to.
class AddressFilter {
 public:
  void add(const IpAddress& address);
  bool may_hold(const IpAddress& address) const;

 private:
  static constexpr std::size_t kWords = 1 << 18;  // 2 MiB: of a million addresses one in eighty is taken for held
  std::vector<std::atomic<std::uint64_t>> words_ = std::vector<std::atomic<std::uint64_t>>(kWords);
};

struct Ledger::Core {
  Core(Database& database_, Database::Mode mode_, std::shared_ptr<const Catalogue> catalogue, Guards guards,
       const Clock& clock_, Health& health_, Counters& counters_);

  // What is observed, until the writer takes it.
  struct Queue {
    std::vector<Observation> observations;
    std::vector<NeverObservation> never;
    std::vector<NameObservation> names;
    std::vector<IpAddress> subscribers;
    bool empty() const { return observations.empty() && never.empty() && names.empty() && subscribers.empty(); }
    std::size_t size() const { return observations.size() + never.size() + names.size() + subscribers.size(); }
  };

  // The writer's thread, until stop; then once more for what is left.
  void run();
  // False: the queue is full, and it was counted.
  template <class Add>
  bool enqueue(std::size_t count, Add add) {
    {
      const std::lock_guard lock(queue_mutex);
      if (queue.size() + count > kMaxQueue) {
        counters.observations_dropped.fetch_add(count, std::memory_order_relaxed);
        return false;
      }
      add(queue);
      submitted++;
    }
    wake.notify_one();
    return true;
  }

  // The next four: the writer's thread alone, or before it runs.
  void apply(Queue taken);
  // What other names need is read of the addresses of which it is not known; what cannot be read is tried again.
  void read_needs();
  void write(bool flush);
  // What is due as time passes: decisions that end, addresses that expire, names that are too old or too many.
  void pass_time();

  // False: there was nothing left to be written, or it cannot be written.
  bool write_batch(bool flush);
  static void tell(const LedgerBook::Edition& edition);
  bool is_news_to_names(const NameObservation& observation);
  // Once a round, so that what is wrong with new addresses and with known ones does not undo each other's report.
  void report_unreadable(const std::string& of_known);
  void warn_of_what_waits();
  // With the book locked: what it is judged by from now on.
  void set_now();
  // A thread of its own: keeps the names by address within their age and size, which may mean to read them all.
  void keep_names_small(const std::stop_token& stopped);
  // Ages of names are by a clock that does not jump while we run.
  WallTime calm_now() const;

  static constexpr std::size_t kMaxQueue = 100000;

  Database& database;
  const Database::Mode mode;
  const Clock& clock;
  Health& health;
  Counters& counters;
  const WallTime opened_wall;
  const SteadyTime opened_steady;

  // Held from an edition's making until it is on disk, before book_mutex: what another thread changed in between would
  // be taken for written.
  std::mutex commit_mutex;
  mutable std::mutex book_mutex;  // the book changes under it; readers copy under it
  LedgerBook book;
  WatchedTime watched{0};
  bool unwritten = false;            // the last write failed; the writer's own
  std::vector<Observation> delayed;  // of new addresses whose needs cannot be read now; the writer's own
  std::string unreadable_fresh;      // why; the writer's own
  NamesByAddress names;
  // Hashes of what the sweep has seen of names that are no target, since then; the writer's own.
  std::unordered_set<std::size_t> swept_names;
  std::chrono::steady_clock::time_point swept_names_since{};
  AddressFilter filter;
  std::chrono::steady_clock::time_point names_written_at{}, needs_aged_at{};

  std::mutex shown_mutex;  // apart from the book's, so that a feed never waits for a judgement
  std::shared_ptr<const Generation> shown;
  std::vector<GenerationObserver*> observers;

  std::mutex asker_mutex;
  TargetAsker* asker = nullptr;

  std::mutex queue_mutex;
  std::condition_variable wake, done;
  Queue queue;
  std::uint64_t submitted = 0, settled = 0;
  bool round_wanted = false, flush_wanted = false;  // somebody waits for one; and for all to be written in it
  bool stop = false;
  std::thread writer;
  std::jthread names_keeper;
};

}  // namespace sinkfeed
