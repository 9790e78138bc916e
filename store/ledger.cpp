#include "store/ledger.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "config/thread_priority.hpp"
#include "store/keys.hpp"
#include "store/ledger_book.hpp"
#include "store/ledger_records.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kMaxQueue = 100000;
// Observations come in bursts, an RRset at a time: wait this long for the rest before a generation is made.
constexpr auto kGather = std::chrono::milliseconds(50);
constexpr auto kFlush = std::chrono::seconds(10);
constexpr auto kRetry = std::chrono::seconds(1);
constexpr auto kReconfigured = std::chrono::seconds(10);

}  // namespace

struct Ledger::Core {
  Core(Database& database_, Database::Mode mode_, std::shared_ptr<const Catalogue> catalogue, Guards guards,
       const Clock& clock_, Health& health_, Counters& counters_)
      : database(database_),
        mode(mode_),
        clock(clock_),
        health(health_),
        counters(counters_),
        book(std::move(catalogue), std::move(guards)) {}

  // The writer's thread, until stop; then once more for what is left.
  void run() {
    std::unique_lock lock(queue_mutex);
    auto last_flush = std::chrono::steady_clock::now();
    for (;;) {
      wake.wait_for(lock, unwritten || names_unread ? kRetry : kFlush,
                    [&] { return stop || (!unwritten && (flush_wanted || !queue.empty() || !never_queue.empty())); });
      if (!stop && !(queue.empty() && never_queue.empty())) {
        lock.unlock();
        std::this_thread::sleep_for(kGather);
        lock.lock();
      }
      const bool stopping = stop;
      std::vector<Observation> observations;
      std::vector<NeverObservation> never;
      observations.swap(queue);
      never.swap(never_queue);
      const std::uint64_t taken = submitted;
      const auto now = std::chrono::steady_clock::now();
      const bool flush = stopping || unwritten || flush_wanted || now - last_flush >= kFlush;
      flush_wanted = false;
      lock.unlock();
      if (names_unread) read_names();
      apply(observations, never);
      if (flush) last_flush = now;
      write(flush);
      lock.lock();
      if (!unwritten) settled = taken;
      done.notify_all();
      if (!stopping) continue;
      if (unwritten)
        spdlog::error("store: closed with {} records that could not be written; they are lost", book.unwritten());
      return;
    }
  }

  void apply(const std::vector<Observation>& observations, const std::vector<NeverObservation>& never) {
    const std::lock_guard lock(book_mutex);
    // Never-listed names first: an address that comes with both must not be published in between.
    for (const NeverObservation& observation : never) book.apply(observation);
    for (const Observation& observation : observations) book.apply(observation);
  }

  // The first try is reconfigure's.
  void read_names() {
    const std::lock_guard commit(commit_mutex);
    const std::lock_guard lock(book_mutex);
    if (names_read()) book.judge_all(clock.wall());
  }

  // With the book locked. False is told of until it is true: what only those names hold back may be in a feed.
  bool names_read() {
    const auto read = book.read_names(database);
    names_unread = !read;
    health.report("never lists",
                  read ? "" : read.error().what + "; what only never-listed names hold back is published");
    return read.has_value();
  }

  // Writes what must be written; with `flush` also what only has new times and counts.
  void write(bool flush) {
    const std::lock_guard commit(commit_mutex);
    LedgerBook::Edition edition;
    {
      const std::lock_guard lock(book_mutex);
      if (!book.has_news() && !(flush && book.has_touched())) return;
      edition = book.prepare(clock.wall());
    }
    auto written = unwritten ? database.resume() : Result<void>{};
    if (written) written = database.write(edition.batch);
    if (!written) {
      unwritten = true;
      health.report("store",
                    written.error().what +
                        "; addresses found are kept in memory until there is room, and no new generation is published");
      return;
    }
    unwritten = false;
    health.report("store", "");
    {
      const std::lock_guard lock(book_mutex);
      book.committed(edition);
    }
    if (!edition.generation) return;
    std::vector<GenerationObserver*> told;
    {
      const std::lock_guard lock(shown_mutex);
      shown = edition.generation;
      told = observers;
    }
    for (GenerationObserver* observer : told) observer->published(edition.generation);
  }

  Database& database;
  const Database::Mode mode;
  const Clock& clock;
  Health& health;
  Counters& counters;

  // Held from an edition's making until it is on disk, before book_mutex: what another thread changed in between would
  // be taken for written.
  std::mutex commit_mutex;
  mutable std::mutex book_mutex;  // the book changes under it; readers copy under it
  LedgerBook book;
  bool unwritten = false;  // the last write failed; the writer's own
  std::atomic<bool> names_unread = false;

  std::mutex shown_mutex;  // apart from the book's, so that a feed never waits for a judgement
  std::shared_ptr<const Generation> shown;
  std::vector<GenerationObserver*> observers;

  std::mutex queue_mutex;
  std::condition_variable wake, done;
  std::vector<Observation> queue;
  std::vector<NeverObservation> never_queue;
  std::uint64_t submitted = 0, settled = 0;
  bool flush_wanted = false;
  bool stop = false;
  std::thread writer;
};

Result<std::unique_ptr<Ledger>> Ledger::open(Database& database, Database::Mode mode,
                                             std::shared_ptr<const Catalogue> catalogue, Guards guards,
                                             const Clock& clock, Health& health, Counters& counters) {
  auto core = std::make_unique<Core>(database, mode, std::move(catalogue), std::move(guards), clock, health, counters);
  if (const auto loaded = core->book.load(database); !loaded) return loaded.error();
  core->shown = core->book.current();
  core->book.judge_all(clock.wall());
  if (mode == Database::Mode::read_write) {
    core->write(false);
    // The first edition must be on disk: a feed without it would be wrongly empty.
    if (core->unwritten && !core->book.current()->number) return Problem{health.problems().at("store")};
    core->writer = std::thread([running = core.get()] {
      enter_background("ledger");
      running->run();
    });
  }
  return std::unique_ptr<Ledger>(new Ledger(std::move(core)));
}

Ledger::Ledger(std::unique_ptr<Core> core) : core_(std::move(core)) {}

Ledger::~Ledger() {
  if (!core_->writer.joinable()) return;
  {
    const std::lock_guard lock(core_->queue_mutex);
    core_->stop = true;
  }
  core_->wake.notify_all();
  core_->writer.join();
}

void Ledger::reconfigure(std::shared_ptr<const Catalogue> catalogue, Guards guards) {
  settle(kReconfigured);  // so that what is known of the names on today's lists can be read back
  {
    const std::lock_guard commit(core_->commit_mutex);
    const std::lock_guard lock(core_->book_mutex);
    core_->book.reconfigure(std::move(catalogue), std::move(guards));
    core_->names_read();
    core_->book.judge_all(core_->clock.wall());
  }
  settle(kReconfigured);
}

void Ledger::observe(std::vector<Observation> observations, std::vector<NeverObservation> never) {
  {
    const std::lock_guard lock(core_->queue_mutex);
    if (core_->queue.size() + core_->never_queue.size() + observations.size() + never.size() > kMaxQueue) {
      core_->counters.observations_dropped.fetch_add(observations.size() + never.size(), std::memory_order_relaxed);
      return;
    }
    std::move(observations.begin(), observations.end(), std::back_inserter(core_->queue));
    std::move(never.begin(), never.end(), std::back_inserter(core_->never_queue));
    core_->submitted++;
  }
  core_->wake.notify_one();
}

bool Ledger::settle(std::chrono::milliseconds patience) {
  if (!core_->writer.joinable()) return true;  // read-only: nothing is ever waiting
  std::unique_lock lock(core_->queue_mutex);
  const std::uint64_t wanted = ++core_->submitted;
  core_->flush_wanted = true;
  core_->wake.notify_one();
  return core_->done.wait_for(lock, patience, [&] { return core_->settled >= wanted; });
}

std::shared_ptr<const Generation> Ledger::current() const {
  const std::lock_guard lock(core_->shown_mutex);
  return core_->shown;
}

void Ledger::subscribe(GenerationObserver& observer) {
  const std::lock_guard lock(core_->shown_mutex);
  core_->observers.push_back(&observer);
  observer.published(core_->shown);
}

std::vector<LedgerEntry> Ledger::entries() const {
  std::vector<LedgerEntry> copies;
  const std::lock_guard lock(core_->book_mutex);
  copies.reserve(core_->book.entries().size());
  for (const auto& [key, entry] : core_->book.entries()) copies.push_back(entry);
  return copies;
}

std::vector<LedgerEntry> Ledger::find(const IpAddress& address) const {
  const std::lock_guard lock(core_->book_mutex);
  return core_->book.find(address);
}

std::vector<LedgerEntry> Ledger::find(const DnsName& name) const {
  std::vector<LedgerEntry> copies;
  const std::lock_guard lock(core_->book_mutex);
  for (const auto& [key, entry] : core_->book.entries()) {
    if (std::any_of(entry.evidence.begin(), entry.evidence.end(),
                    [&](const Evidence& e) { return e.name == name || e.target == name; }))
      copies.push_back(entry);
  }
  return copies;
}

Result<std::vector<NameSighting>> Ledger::names_of(const IpAddress& address) const {
  std::map<DnsName, NameSighting> found;
  const std::string from = keys::name(address, DnsName()).substr(0, 1 + address.bytes().size());
  std::string to = from;
  to += '\xff';  // beyond any name: the first byte of a name is a label's length, 63 at most
  std::string damaged;
  const auto scanned = core_->database.scan(Column::names, from, to, [&](std::string_view key, std::string_view value) {
    const auto place = keys::parse_name(key);
    auto sighting = decode_sighting(value);
    if (!place || !sighting) {
      damaged = "a name of " + address.text();
      return false;
    }
    sighting->name = place->second;
    sighting->never_why.clear();  // unless it guards today, below
    found[place->second] = std::move(*sighting);
    return true;
  });
  if (!scanned) return scanned.error();
  if (!damaged.empty()) return Problem{"the store holds a damaged record (" + damaged + "); restore a backup"};
  {
    const std::lock_guard lock(core_->book_mutex);
    for (NameSighting& sighting : core_->book.guarding(address)) found[sighting.name] = std::move(sighting);
  }
  std::vector<NameSighting> names;
  names.reserve(found.size());
  for (auto& [name, sighting] : found) names.push_back(std::move(sighting));
  return names;
}

Result<std::vector<GenerationSummary>> Ledger::generations(std::size_t limit) const {
  std::vector<GenerationSummary> newest_first;
  if (!limit) return newest_first;
  bool damaged = false;
  // A generation's header has the lowest sequence, so from the back it comes last.
  GenerationSummary open;
  const auto scanned = core_->database.scan(
      Column::changes, "", "",
      [&](std::string_view key, std::string_view value) {
        if (key.size() != 12 || !decode_change_record(value, open)) return damaged = true, false;
        if (keys::read_u32(key.substr(8)) != 0) return true;
        open.number = keys::read_u64(key);
        std::reverse(open.changes.begin(), open.changes.end());
        newest_first.push_back(std::exchange(open, {}));
        return newest_first.size() < limit;
      },
      true);
  if (!scanned) return scanned.error();
  if (damaged) return Problem{"a record of the generations' changes is damaged; restore a backup"};
  return newest_first;
}

}  // namespace sinkfeed
