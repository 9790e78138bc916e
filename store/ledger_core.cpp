#include "store/ledger_core.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <set>

#include "config/thread_priority.hpp"

namespace sinkfeed {

namespace {

// Observations come in bursts, an RRset at a time: wait this long for the rest before a generation is made.
constexpr auto kGather = std::chrono::milliseconds(50);
// What has only new times and counts is written so often: the sweep sees all of it again meanwhile.
constexpr auto kFlush = std::chrono::minutes(5);
// And so much of it in one batch, so that what is new need not wait.
constexpr std::size_t kFlushAtOnce = 10000;
constexpr auto kTick = std::chrono::seconds(1);
constexpr std::size_t kAgedAtOnce = 2000;
constexpr std::size_t kMostTold = 20;
constexpr auto kNamesWritten = std::chrono::seconds(1);
constexpr auto kNamesLimited = std::chrono::minutes(10);
constexpr auto kNeedsAged = std::chrono::minutes(10);
constexpr auto kSweptNames = std::chrono::hours(24);

}  // namespace

void AddressFilter::add(const IpAddress& address) {
  const std::size_t hash = std::hash<IpAddress>{}(address);
  for (const std::size_t bit : {hash, hash >> 32})
    words_[bit / 64 % kWords].fetch_or(std::uint64_t{1} << bit % 64, std::memory_order_relaxed);
}

bool AddressFilter::may_hold(const IpAddress& address) const {
  const std::size_t hash = std::hash<IpAddress>{}(address);
  for (const std::size_t bit : {hash, hash >> 32}) {
    if (!(words_[bit / 64 % kWords].load(std::memory_order_relaxed) >> bit % 64 & 1)) return false;
  }
  return true;
}

Ledger::Core::Core(Database& database_, Database::Mode mode_, std::shared_ptr<const Catalogue> catalogue, Guards guards,
                   const Clock& clock_, Health& health_, Counters& counters_)
    : database(database_),
      mode(mode_),
      clock(clock_),
      health(health_),
      counters(counters_),
      opened_wall(clock_.wall()),
      opened_steady(clock_.steady()),
      book(std::move(catalogue), std::move(guards)),
      names(database_) {}

void Ledger::Core::set_now() { book.set_now({clock.wall(), clock.steady(), watched.seconds()}); }

WallTime Ledger::Core::calm_now() const {
  return opened_wall + std::chrono::duration_cast<std::chrono::microseconds>(clock.steady() - opened_steady);
}

void Ledger::Core::run() {
  std::unique_lock lock(queue_mutex);
  auto last_flush = std::chrono::steady_clock::now();
  for (;;) {
    wake.wait_for(lock, kTick, [&] { return stop || (!unwritten && (round_wanted || !queue.empty())); });
    if (!stop && !queue.empty()) {
      lock.unlock();
      std::this_thread::sleep_for(kGather);
      lock.lock();
    }
    const bool stopping = stop;
    Queue taken;
    std::swap(taken, queue);
    const std::uint64_t taken_until = submitted;
    const auto now = std::chrono::steady_clock::now();
    const bool flush = stopping || unwritten || flush_wanted || now - last_flush >= kFlush;
    const bool settling = flush_wanted || stopping;
    round_wanted = flush_wanted = false;
    lock.unlock();
    apply(std::move(taken));
    pass_time();
    if (flush) last_flush = now;
    if (settling) names_written_at = {};
    write(flush);
    lock.lock();
    if (!unwritten) settled = taken_until;
    done.notify_all();
    if (!stopping) continue;
    if (unwritten)
      spdlog::error("store: closed with {} records that could not be written; they are lost", book.unwritten());
    return;
  }
}

void Ledger::Core::apply(Queue taken) {
  std::move(delayed.begin(), delayed.end(), std::back_inserter(taken.observations));
  delayed.clear();
  for (const NeverObservation& one : taken.never)
    taken.names.push_back({one.name, one.address, one.seen, 0, std::nullopt});
  // What is new is not published before it is known who else needs it.
  std::set<IpAddress> fresh;
  {
    const std::lock_guard lock(book_mutex);
    set_now();
    for (const IpAddress& address : taken.subscribers) book.add_subscriber(address);
    for (const NameObservation& one : taken.names) {
      const bool is_held = book.holds(one.address);
      // Of the ledger's own addresses the book keeps the times; that the name needs it is enough elsewhere.
      if (is_held ? !book.knows(one) : is_news_to_names(one)) names.add(one);
      if (is_held) book.apply(one);
    }
    for (const Observation& one : taken.observations) {
      if (!book.holds(one.address)) fresh.insert(one.address);
    }
  }
  std::map<IpAddress, std::vector<Need>> needs;
  std::string unreadable;
  for (const IpAddress& address : fresh) {
    if (auto found = names.of(address)) {
      needs[address] = std::move(*found);
    } else {
      unreadable = found.error().what;
    }
    filter.add(address);
  }
  const std::lock_guard lock(book_mutex);
  for (const auto& [address, found] : needs) book.learn(address, found);
  for (Observation& one : taken.observations) {
    if (fresh.contains(one.address) && !needs.contains(one.address)) {
      delayed.push_back(std::move(one));
    } else {
      book.apply(one);
    }
  }
  unreadable_fresh = std::move(unreadable);
}

// What the sweep sees again and again need not be written again and again. The history tells names once in a while.
bool Ledger::Core::is_news_to_names(const NameObservation& observation) {
  if (observation.queries) return true;
  const std::size_t hash = std::hash<DnsName>{}(observation.name) ^ std::hash<IpAddress>{}(observation.address) * 31;
  return swept_names.size() < kMaxQueue && swept_names.insert(hash).second;
}

void Ledger::Core::report_unreadable(const std::string& of_known) {
  const std::string& problem = unreadable_fresh.empty() ? of_known : unreadable_fresh;
  health.report("names", problem.empty() ? ""
                                         : problem +
                                               "; addresses are not published before it can be read who else "
                                               "needs them");
}

void Ledger::Core::read_needs() {
  std::vector<IpAddress> addresses;
  {
    const std::lock_guard lock(book_mutex);
    addresses = book.to_be_read();
  }
  std::string unreadable;
  for (const IpAddress& address : addresses) {
    const auto found = names.of(address);
    if (!found) {
      unreadable = found.error().what;
      continue;
    }
    const std::lock_guard lock(book_mutex);
    book.learn(address, *found);
  }
  report_unreadable(unreadable);
}

void Ledger::Core::pass_time() {
  watched.pass(clock.steady(), !health.problems().contains("upstream"));
  read_needs();
  std::vector<LedgerBook::Question> questions;
  {
    const std::lock_guard commit(commit_mutex);
    const std::lock_guard lock(book_mutex);
    set_now();
    book.end_decisions();
    questions = book.age(kAgedAtOnce);
  }
  {
    const std::lock_guard lock(asker_mutex);
    for (const LedgerBook::Question& question : questions) {
      if (asker) asker->ask_again(question.profile, question.name, question.target);
    }
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - needs_aged_at < kNeedsAged) return;
  needs_aged_at = now;
  if (now - swept_names_since >= kSweptNames) {
    swept_names.clear();
    swept_names_since = now;
  }
  const std::lock_guard commit(commit_mutex);
  const std::lock_guard lock(book_mutex);
  book.age_needs(calm_now() - book.guards().limits.names_age);
}

void Ledger::Core::keep_names_small(const std::stop_token& stopped) {
  std::mutex mutex;
  std::condition_variable_any ended;
  std::unique_lock wait(mutex);
  std::uint64_t told_dropped = 0;
  for (;;) {
    Settings::Ledger limits;
    {
      const std::lock_guard lock(book_mutex);
      limits = book.guards().limits;
    }
    if (const auto limited = names.limit(calm_now(), limits.names_age, limits.names_size); !limited)
      spdlog::warn("the names by address are not kept within ledger.names_size: {}", limited.error().what);
    ended.wait_for(wait, stopped, kNamesLimited, [] { return false; });
    if (const std::uint64_t dropped = names.dropped(); dropped > told_dropped) {
      spdlog::warn("{} names by address did not fit and were dropped: they came faster than the disk takes them",
                   dropped - told_dropped);
      told_dropped = dropped;
    }
    if (stopped.stop_requested()) return;
  }
}

void Ledger::Core::write(bool flush) {
  while (write_batch(flush) && flush) {
  }
  const auto now = std::chrono::steady_clock::now();
  if (unwritten || now - names_written_at < kNamesWritten) return;
  names_written_at = now;
  if (const auto written = names.write(); !written) unwritten = true;
}

// What leaves a feed is an event that somebody will ask for; what comes is the ordinary course.
void Ledger::Core::tell(const LedgerBook::Edition& edition) {
  std::size_t left = 0;
  for (const GenerationChange& change : edition.changes) {
    if (change.added || change.shared) continue;
    if (left++ < kMostTold)
      spdlog::info("generation {}: {} left the feed {}: {}", edition.generation->number, change.address.text(),
                   change.profile, change.reason);
  }
  if (left > kMostTold)
    spdlog::info("generation {}: {} more addresses left", edition.generation->number, left - kMostTold);
}

void Ledger::Core::warn_of_what_waits() {
  FeedsHeldBack held;
  {
    const std::lock_guard lock(book_mutex);
    held = book.held_back(0, std::nullopt);
  }
  std::string sentence;
  if (held.pin)
    sentence = fmt::format("the feeds are as in generation {} since {} by {} ({}), while {} changes wait; ",
                           held.pin->to, format_second(held.pin->since), held.pin->by, held.pin->reason, held.all);
  for (const auto& [profile, of] : held.profiles) {
    if (of.hold.going)
      sentence += fmt::format("{} addresses of {} would go from the feeds, more than feed.max_shrink within an hour; ",
                              of.going, profile);
    if (of.hold.coming)
      sentence +=
          fmt::format("{} addresses of {} would come into the feeds, more than feed.max_growth within an hour; ",
                      of.coming, profile);
  }
  if (!sentence.empty()) sentence += "see sinkfeed feed waiting, then sinkfeed feed release";
  health.warn("feeds", sentence);
}

bool Ledger::Core::write_batch(bool flush) {
  const std::lock_guard commit(commit_mutex);
  LedgerBook::Edition edition;
  {
    const std::lock_guard lock(book_mutex);
    if (!unwritten && !book.has_news() && !(flush && book.has_touched())) return false;
    set_now();
    edition = book.prepare(flush ? kFlushAtOnce : 0);
  }
  auto written = unwritten ? database.resume() : Result<void>{};
  if (written) written = database.write(edition.batch);
  if (!written) {
    unwritten = true;
    health.report("store",
                  written.error().what +
                      "; addresses found are kept in memory until there is room, and no new generation is published");
    return false;
  }
  unwritten = false;
  health.report("store", "");
  {
    const std::lock_guard lock(book_mutex);
    book.committed(edition);
  }
  if (edition.changes_what_waits) warn_of_what_waits();
  if (!edition.generation) return true;
  tell(edition);
  std::vector<GenerationObserver*> told;
  {
    const std::lock_guard lock(shown_mutex);
    shown = edition.generation;
    told = observers;
  }
  for (GenerationObserver* observer : told) observer->published(edition.generation);
  return true;
}

}  // namespace sinkfeed
