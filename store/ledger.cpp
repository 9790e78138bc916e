#include "store/ledger.hpp"

#include <algorithm>

#include "config/thread_priority.hpp"
#include "store/ledger_core.hpp"
#include "store/ledger_records.hpp"

namespace sinkfeed {

namespace {

// A copy of the ledger is made so many entries at a time, so that the writer need not wait.
constexpr std::size_t kLookAtOnce = 2000;
constexpr std::uint64_t kNoNumber = std::numeric_limits<std::uint64_t>::max();
constexpr auto kReconfigured = std::chrono::seconds(10);
constexpr auto kDecided = std::chrono::seconds(10);

// Newest first; with an address, those that changed it.
Result<std::vector<GenerationSummary>> read_generations(const Database& database, std::size_t limit,
                                                        const std::optional<IpAddress>& address,
                                                        std::uint64_t before = kNoNumber) {
  std::vector<GenerationSummary> newest_first;
  if (!limit) return newest_first;
  bool damaged = false;
  // A generation's header has the lowest sequence, so from the back it comes last.
  GenerationSummary open;
  const auto scanned = database.scan(
      Column::changes, "", before == kNoNumber ? "" : keys::change(before, 0),
      [&](std::string_view key, std::string_view value) {
        if (key.size() != 12 || !decode_change_record(value, open)) return damaged = true, false;
        if (address && !open.changes.empty() && open.changes.back().address != *address) open.changes.pop_back();
        if (keys::read_u32(key.substr(8)) != 0) return true;
        open.number = keys::read_u64(key);
        std::reverse(open.changes.begin(), open.changes.end());
        GenerationSummary whole = std::exchange(open, {});
        if (!address || !whole.changes.empty()) newest_first.push_back(std::move(whole));
        return newest_first.size() < limit;
      },
      true);
  if (!scanned) return scanned.error();
  if (damaged) return Problem{"a record of the generations' changes is damaged; restore a backup"};
  return newest_first;
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(Database& database, Database::Mode mode,
                                             std::shared_ptr<const Catalogue> catalogue, Guards guards,
                                             const Clock& clock, Health& health, Counters& counters) {
  auto core = std::make_unique<Core>(database, mode, std::move(catalogue), std::move(guards), clock, health, counters);
  LedgerBook& book = core->book;
  book.set_now({clock.wall(), clock.steady(), 0});
  if (const auto loaded = book.load(database); !loaded) return loaded.error();
  core->watched = WatchedTime(book.watched_s());
  core->set_now();
  core->shown = book.current();
  core->warn_of_what_waits();
  core->read_needs();  // of a store that was written before they were kept
  book.judge_all();
  book.for_each_address([&](const IpAddress& address) { core->filter.add(address); });
  if (mode == Database::Mode::read_write) {
    core->write(false);
    // The first edition must be on disk: a feed without it would be wrongly empty.
    if (core->unwritten && !book.current()->number) return Problem{health.problems().at("store")};
    core->writer = std::thread([running = core.get()] {
      enter_background("ledger");
      running->run();
    });
    core->names_keeper = std::jthread([running = core.get()](const std::stop_token& stopped) {
      enter_background("names");
      running->keep_names_small(stopped);
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
  core_->names_keeper.request_stop();
  core_->names_keeper.join();
}

void Ledger::reconfigure(std::shared_ptr<const Catalogue> catalogue, Guards guards) {
  {
    const std::lock_guard commit(core_->commit_mutex);
    const std::lock_guard lock(core_->book_mutex);
    core_->set_now();
    core_->book.reconfigure(std::move(catalogue), std::move(guards));
    core_->book.judge_all();
  }
  settle(kReconfigured);
}

void Ledger::observe(std::vector<Observation> observations, std::vector<NeverObservation> never) {
  core_->enqueue(observations.size() + never.size(), [&](Core::Queue& queue) {
    std::move(observations.begin(), observations.end(), std::back_inserter(queue.observations));
    std::move(never.begin(), never.end(), std::back_inserter(queue.never));
  });
}

void Ledger::observe_names(std::vector<NameObservation> names) {
  core_->enqueue(names.size(),
                 [&](Core::Queue& queue) { std::move(names.begin(), names.end(), std::back_inserter(queue.names)); });
}

void Ledger::add_subscriber(const IpAddress& address) {
  core_->enqueue(1, [&](Core::Queue& queue) { queue.subscribers.push_back(address); });
}

bool Ledger::may_hold(const IpAddress& address) const { return core_->filter.may_hold(address); }

void Ledger::set_asker(TargetAsker* asker) {
  const std::lock_guard lock(core_->asker_mutex);
  core_->asker = asker;
}

bool Ledger::settle(std::chrono::milliseconds patience) { return wait_for_a_round(patience, true); }
bool Ledger::judged(std::chrono::milliseconds patience) { return wait_for_a_round(patience, false); }

bool Ledger::wait_for_a_round(std::chrono::milliseconds patience, bool flush) {
  if (!core_->writer.joinable()) return true;  // read-only: nothing is ever waiting
  std::unique_lock lock(core_->queue_mutex);
  const std::uint64_t wanted = ++core_->submitted;
  core_->round_wanted = true;
  core_->flush_wanted = core_->flush_wanted || flush;
  core_->wake.notify_one();
  return core_->done.wait_for(lock, patience, [&] { return core_->settled >= wanted; });
}

template <class Change>
Result<void> Ledger::change(Change change) {
  {
    const std::lock_guard commit(core_->commit_mutex);
    const std::lock_guard lock(core_->book_mutex);
    core_->set_now();
    if (const auto done = change(core_->book); !done) return done;
  }
  if (judged(kDecided)) return {};
  return Problem{"it is in force, but could not be written to the disk yet; see sinkfeed status"};
}

Result<std::vector<LedgerEntry>> Ledger::decide(const IpAddress& address, const std::optional<std::string>& profile,
                                                const Ruling& ruling) {
  const bool is_new = !core_->filter.may_hold(address);
  const auto needs = is_new ? core_->names.of(address) : std::vector<Need>{};
  if (!needs) return needs.error();
  const auto changed = change([&](LedgerBook& book) {
    if (is_new) book.learn(address, *needs);
    return book.decide(address, profile, ruling);
  });
  core_->filter.add(address);
  if (!changed) return changed.error();
  return find(address);
}

Result<std::vector<LedgerEntry>> Ledger::undo(const IpAddress& address, const std::optional<std::string>& profile,
                                              const std::string& by, const std::string& reason) {
  const auto changed = change([&](LedgerBook& book) { return book.undo(address, profile, by, reason); });
  if (!changed) return changed.error();
  return find(address);
}

Result<void> Ledger::forget(const IpAddress& address, const std::optional<std::string>& profile, const std::string& by,
                            const std::string& reason, std::optional<WallTime> until) {
  return change([&](LedgerBook& book) {
    std::vector<Need> needs = book.needs_of(address);
    const auto forgotten = book.forget(address, profile, by, reason, until);
    // If the address comes back, it is known who needs it.
    if (forgotten && !book.holds(address)) {
      for (const Need& need : needs) core_->names.add(address, need);
    }
    return forgotten;
  });
}

Result<RolledBack> Ledger::roll_back(std::uint64_t number, const std::string& by, const std::string& reason) {
  const auto past = generation(number);
  if (!past) return past.error();
  if (!*past) return Problem{"there is no generation " + std::to_string(number) + " to be had"};
  RolledBack done;
  const auto changed = change([&](LedgerBook& book) -> Result<void> {
    done.kept_out = book.roll_back(**past, by, reason);
    return {};
  });
  if (!changed) return changed.error();
  done.generation = current()->number;
  return done;
}

Result<std::size_t> Ledger::release_feeds(const std::string& by, const std::string& reason) {
  std::size_t released = 0;
  const auto changed = change([&](LedgerBook& book) -> Result<void> {
    const auto done = book.release_feeds(by, reason);
    if (!done) return done.error();
    released = *done;
    return {};
  });
  if (!changed) return changed.error();
  return released;
}

FeedsHeldBack Ledger::held_back(std::size_t limit,
                                const std::optional<std::pair<std::string, IpAddress>>& after) const {
  const std::lock_guard lock(core_->book_mutex);
  return core_->book.held_back(limit, after);
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

std::vector<LedgerEntry> Ledger::entries(const LedgerFilter& filter) const {
  std::vector<LedgerEntry> copies;
  std::optional<LedgerBook::Place> at = filter.after;
  do {
    const std::lock_guard lock(core_->book_mutex);
    at = core_->book.copy(filter, at, filter.limit - copies.size(), kLookAtOnce, copies);
  } while (at && copies.size() < filter.limit);
  return copies;
}

std::vector<LedgerEntry> Ledger::entries_from(const std::string& profile, const IpAddress& first,
                                              std::size_t limit) const {
  const std::lock_guard lock(core_->book_mutex);
  return core_->book.from(profile, first, limit);
}

std::map<State, FamilyCounts> Ledger::count_by_state(const std::string& profile) const {
  const std::lock_guard lock(core_->book_mutex);
  return core_->book.count_by_state(profile);
}

std::vector<LedgerEntry> Ledger::find(const IpAddress& address) const {
  const std::lock_guard lock(core_->book_mutex);
  return core_->book.find(address);
}

std::vector<LedgerEntry> Ledger::find(const DnsName& name) const {
  LedgerFilter filter;
  filter.name = name;
  return entries(filter);
}

Result<std::vector<Need>> Ledger::names_of(const IpAddress& address) const {
  std::vector<Need> needs;
  {
    const std::lock_guard lock(core_->book_mutex);
    needs = core_->book.needs_of(address);
  }
  // Of an address that the ledger does not hold, what is on disk is all there is.
  if (needs.empty()) {
    auto found = core_->names.of(address);
    if (!found) return found;
    needs = std::move(*found);
  }
  std::stable_sort(needs.begin(), needs.end(), [](const Need& a, const Need& b) { return a.queries > b.queries; });
  return needs;
}

Result<std::vector<LedgerAction>> Ledger::actions(std::size_t limit, const std::optional<IpAddress>& address,
                                                  std::uint64_t before) const {
  std::vector<LedgerAction> newest_first;
  bool damaged = false;
  const auto scanned = core_->database.scan(
      Column::meta, keys::kAction, keys::action(before),
      [&](std::string_view key, std::string_view value) {
        auto action = decode_action(value);
        if (!action) return damaged = true, false;
        action->number = keys::read_u64(key.substr(keys::kAction.size()));
        if (!address || *address == action->address) newest_first.push_back(*std::move(action));
        return newest_first.size() < limit;
      },
      true);
  if (!scanned) return scanned.error();
  if (damaged) return Problem{"a record of what people decided is damaged; restore a backup"};
  return newest_first;
}

Result<std::vector<GenerationSummary>> Ledger::generations(std::size_t limit, std::uint64_t before) const {
  return read_generations(core_->database, limit, std::nullopt, before);
}

Result<std::vector<GenerationSummary>> Ledger::generations_of(const IpAddress& address, std::size_t limit) const {
  return read_generations(core_->database, limit, address);
}

}  // namespace sinkfeed
