// The history's writer thread: drains rings into pending blocks, commits them, gives ring space back.
#include "store/history_writer.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "config/thread_priority.hpp"
#include "store/history_block.hpp"
#include "store/history_fingerprints.hpp"
#include "store/keys.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kPendingBlocks = 4;
constexpr std::size_t kPendingBytes = 16 << 20;  // of texts, in one pending block
constexpr milliseconds kDrainEvery{100};
// Twice and a drain in between are less than the second that a power loss may take.
constexpr milliseconds kSyncEvery{400};
constexpr seconds kRetryEvery{1}, kReportEvery{10}, kBlockAge{60};

}  // namespace

std::string HistoryWriter::position_key(std::string_view ring_id) { return fmt::format("ring/{}", ring_id); }

HistoryWriter::HistoryWriter(Database& database, bool writable, ClientMask mask, const std::filesystem::path& folder,
                             const Settings::History& settings, const Clock& clock, Health& health, Ledger* ledger)
    : database_(database),
      writable_(writable),
      folder_(folder),
      clock_(clock),
      health_(health),
      ledger_(ledger),
      settings_(settings),
      mask_(std::move(mask)) {
  mask_.set(settings.privacy);
  if (ledger_) answers_.emplace([ledger](const IpAddress& address) { return ledger->may_hold(address); });
}

void HistoryWriter::keep(const Settings::History& settings) {
  const std::lock_guard lock{mutex_};
  settings_ = settings;
  mask_.set(settings.privacy);
}

Result<std::unique_ptr<HistoryWriter>> HistoryWriter::open(Database& database, Database::Mode mode,
                                                           const std::filesystem::path& rings, int workers,
                                                           const Settings::History& settings, const Clock& clock,
                                                           Health& health, Ledger* ledger) {
  const bool writable = mode == Database::Mode::read_write;
  auto mask = ClientMask::open(database, mode);
  if (!mask) return mask.error();
  std::unique_ptr<HistoryWriter> writer{
      new HistoryWriter{database, writable, std::move(*mask), rings, settings, clock, health, ledger}};
  auto catalogue = BlockCatalogue::load(database);
  if (!catalogue) return catalogue.error();
  writer->catalogue_ = std::move(*catalogue);
  auto chain = Chain::open(database, clock);
  if (!chain) return chain.error();
  writer->chain_ = std::move(*chain);
  auto holds = HistoryHolds::open(database);
  if (!holds) return holds.error();
  writer->holds_ = std::move(*holds);
  if (auto opened = writer->open_rings(workers); !opened) return opened.error();
  if (writable) {
    if (const auto begun = writer->begin_adopting(); !begun)
      spdlog::warn("blocks of history cannot be taken into the chain of evidence before the next start: {}",
                   begun.error().what);
    if (auto loaded = writer->load_erasure(); !loaded) return loaded.error();
    if (auto loaded = writer->load_replaced(); !loaded) return loaded.error();
    if (auto dropped = drop_former_names(database); !dropped) return dropped.error();
    writer->apply_retention();
    const auto named = blocks_with_names(database);
    if (!named) return named.error();
    for (const auto& block : writer->catalogue_.within({}, {})) {
      if (!named->contains(block->key)) writer->unnamed_.push_back(block->key);
    }
    std::reverse(writer->unnamed_.begin(), writer->unnamed_.end());
    writer->thread_ = std::thread{[&self = *writer] { self.run(); }};
  }
  return writer;
}

HistoryWriter::~HistoryWriter() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  // The workers are gone: what they could not push any more is told of now. What cannot be written stays in the rings.
  retry_at_ = {};
  for (bool more = true; more;) {
    {
      const std::lock_guard lock{mutex_};
      bool all = true;
      for (const auto& source : sources_) all = source->ring->record_loss() && all;
      more = !drain() || !all;
    }
    commit_due(true);
    if (failing_) break;
  }
  sync_rings(true);
}

Result<void> HistoryWriter::seal() {
  if (!writable_) return Problem{"the history is open for reading only"};
  std::unique_lock lock{mutex_};
  const std::uint64_t wanted = ++seals_wanted_;
  wake_.notify_one();
  sealed_.wait(lock, [&] { return seals_done_ >= wanted; });
  if (seal_failed_) return Problem{"the history cannot be written just now; `sinkfeed status` says why"};
  return {};
}

void HistoryWriter::run() {
  enter_recording("history");
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    wake_.wait_for(lock, kDrainEvery, [&] { return stopping_ || seals_wanted_ > seals_done_; });
    const std::uint64_t seals = seals_wanted_;
    const bool seal = seals > seals_done_;
    const bool all = drain();
    lock.unlock();
    pass_on();
    commit_due(seal);
    if (seal && (all || failing_)) {
      const std::lock_guard sealing{mutex_};
      seals_done_ = seals;
      seal_failed_ = failing_;
      sealed_.notify_all();
    }
    if (const auto now = std::chrono::steady_clock::now(); now >= sync_at_) {
      sync_at_ = now + kSyncEvery;
      sync_rings(false);
    }
    if (clock_.steady() >= retention_at_) apply_retention();
    go_on_dropping();
    note_names();
    go_on_adopting();
    go_on_merging();
    go_on_erasing();
    lock.lock();
  }
}

// Rows that may still be drained into the last pending block or a new one.
std::size_t HistoryWriter::room() const {
  if (!pending_.empty()) {
    const Pending& last = pending_.back();
    const HistoryColumns& columns = *last.columns;
    if (!last.sealed && columns.rows() < kBlockRows && columns.text_bytes() < kPendingBytes)
      return kBlockRows - columns.rows();
  }
  return pending_.size() < kPendingBlocks ? kBlockRows : 0;
}

HistoryWriter::Pending& HistoryWriter::open_pending() {
  Pending& block = pending_.emplace_back();
  block.columns = spare_ ? std::move(spare_) : std::make_shared<HistoryColumns>();
  block.opened = clock_.steady();
  return block;
}

bool HistoryWriter::drain() {
  for (;;) {
    std::size_t left = room();
    if (left == 0) return false;
    Pending& block = left == kBlockRows ? open_pending() : pending_.back();
    bool read_any = false;
    for (const auto& source : sources_) {
      if (left == 0) break;
      const std::size_t rows = block.columns->rows();
      const std::uint64_t read_to = source->ring->read(source->read_to, left, *block.columns, &mask_);
      left -= block.columns->rows() - rows;
      if (answers_ && block.columns->rows() > rows) answers_->look(*block.columns, rows, clock_.steady());
      if (read_to == source->read_to) continue;
      read_any = true;
      source->read_to = read_to;
      const auto known = std::find_if(block.positions.begin(), block.positions.end(),
                                      [&](const auto& position) { return position.first == source.get(); });
      if (known == block.positions.end()) {
        block.positions.emplace_back(source.get(), read_to);
      } else {
        known->second = read_to;
      }
    }
    if (block.columns->empty()) {
      spare_ = std::move(block.columns);
      pending_.pop_back();
    }
    if (!read_any) return true;
  }
}

void HistoryWriter::pass_on() {
  if (!answers_) return;
  std::vector<NameObservation> seen;
  {
    const std::lock_guard lock{mutex_};
    seen = answers_->take();
  }
  if (!seen.empty()) ledger_->observe_names(std::move(seen));
}

bool HistoryWriter::front_is_due() const {
  const Pending& front = pending_.front();
  if (front.sealed || front.columns->rows() == kBlockRows || front.columns->text_bytes() >= kPendingBytes ||
      pending_.size() > 1)
    return true;
  if (clock_.steady() - front.opened >= kBlockAge) return true;
  return std::any_of(sources_.begin(), sources_.end(), [](const auto& source) {
    return source->retired || source->ring->written() - source->ring->released() > source->ring->capacity() / 2;
  });
}

void HistoryWriter::commit_due(bool everything) {
  const auto now = std::chrono::steady_clock::now();
  if (failing_ && now < retry_at_) return;
  if (failing_) {
    if (const auto resumed = database_.resume(); !resumed) {
      report_failure(resumed.error());
      return;
    }
  }
  for (;;) {
    {
      const std::lock_guard lock{mutex_};
      if (pending_.empty() || !(everything || front_is_due())) break;
      pending_.front().sealed = true;
    }
    if (const auto done = commit_front(); !done) {
      report_failure(done.error());
      return;
    }
  }
  if (failing_) {
    failing_ = false;
    report_at_ = {};
    health_.report("history", "");
  }
  remove_retired();
}

void HistoryWriter::note_names() {
  constexpr std::size_t kAtOnce = 4;
  for (std::size_t i = 0; i < kAtOnce && !unnamed_.empty() && !failing_; i++) {
    const std::string key = std::move(unnamed_.back());
    unnamed_.pop_back();
    const auto block = database_.get(Column::history, key);
    if (!block || !*block) continue;  // a search that needs it says so
    Database::Batch batch;
    if (!names_.add(key, **block, batch) || batch.empty()) continue;
    if (const auto written = database_.write(batch); !written) spdlog::warn("{}", written.error().what);
  }
}

void HistoryWriter::report_failure(const Problem& problem) {
  const auto now = std::chrono::steady_clock::now();
  failing_ = true;
  retry_at_ = now + kRetryEvery;
  if (now < report_at_) return;
  report_at_ = now + kReportEvery;
  std::uint64_t waiting = 0, were_lost = 0;
  {
    const std::lock_guard lock{mutex_};
    for (const Pending& block : pending_) waiting += block.columns->rows();
    for (const auto& source : sources_) waiting += source->ring->unread();
    were_lost = lost();
  }
  health_.report("history", fmt::format("cannot write the history: {}; {} records wait, {} were lost", problem.what,
                                        waiting, were_lost));
}

HistoryWriter::Prepared HistoryWriter::prepare(const Pending& pending) {
  EncodedBlock encoded = encode_with_evidence(*pending.columns);
  std::string& block = encoded.bytes;
  auto info = std::make_shared<BlockInfo>();
  info->first = pending.columns->first();
  info->last = pending.columns->last();
  info->key = catalogue_.free_key(info->first);
  info->rows = static_cast<std::uint32_t>(pending.columns->rows());
  info->bytes = static_cast<std::uint32_t>(block.size());
  info->sha256 = sha256_of(block);
  info->first_record = catalogue_.next_record();
  Prepared prepared;
  prepared.link = link_of(*info, std::move(encoded.digest));
  prepared.link.text = fingerprints_text(encoded.fingerprints);
  prepared.batch.put(Column::history, info->key, std::move(block));
  names_.add(info->key, encoded.hashes, prepared.batch);
  std::string next;
  keys::append_u64(next, info->first_record + info->rows);
  prepared.batch.put(Column::meta, std::string{keys::kNextRecord}, std::move(next));
  for (const auto& [source, position] : pending.positions) {
    std::string value;
    keys::append_u64(value, position);
    prepared.batch.put(Column::meta, position_key(source->ring->id()), std::move(value));
  }
  prepared.info = std::move(info);
  return prepared;
}

ChainLink HistoryWriter::link_of(const BlockInfo& block, std::string digest) const {
  ChainLink link;
  link.kind = ChainLink::Kind::block;
  link.time = clock_.wall();
  link.first = block.first;
  link.last = block.last;
  link.rows = block.rows;
  link.digest = std::move(digest);
  return link;
}

Result<void> HistoryWriter::commit_front() {
  // Sealed: nobody but this thread changes the front any more, and a deque keeps it in place while others are added.
  Pending* front = nullptr;
  {
    const std::lock_guard lock{mutex_};
    front = &pending_.front();
  }
  if (!prepared_) prepared_ = prepare(*front);
  BlockInfo& info = *prepared_->info;
  // First, so that it does not take this one: a clock may have been set back.
  if (auto loaded = load_doomed(); !loaded) return loaded;
  if (doomed_->holds(info.key)) {
    if (auto finished = finish_dropping(); !finished) return finished;
  }
  const auto written =
      chain_->write(prepared_->batch, {prepared_->link}, [&](std::uint64_t number, Database::Batch& batch) {
        info.links = {number};
        batch.put(Column::history_index, info.key, encode_index(info));
      });
  if (!written) return written.error();
  const std::lock_guard lock{mutex_};
  catalogue_.add(prepared_->info);
  for (const auto& [source, position] : front->positions) source->ring->release(position);
  if (!front->shown) {
    front->columns->clear();
    spare_ = std::move(front->columns);
  }
  pending_.pop_front();
  prepared_.reset();
  return {};
}

void HistoryWriter::remove_retired() {
  const std::lock_guard lock{mutex_};
  for (auto at = sources_.begin(); at != sources_.end();) {
    Source& source = **at;
    if (!source.retired || !source.ring->record_loss() || source.ring->released() != source.ring->written()) {
      ++at;
      continue;
    }
    // The file first: without its position a file would be read again.
    std::error_code error;
    std::filesystem::remove(source.file, error);
    if (error) {
      spdlog::warn("cannot remove the drained history ring {}: {}", source.file.string(), error.message());
      source.retired = false;  // its position stays, so the next start tries again and reads nothing twice
      ++at;
      continue;
    }
    Database::Batch batch;
    batch.remove(Column::meta, position_key(source.ring->id()));
    if (const auto removed = database_.write(batch); !removed) {
      spdlog::warn("the position of a removed history ring stays until the next start: {}", removed.error().what);
    }
    at = sources_.erase(at);
  }
}

void HistoryWriter::sync_rings(bool everything) {
  // Only this thread takes sources away, so the slow part needs no lock.
  std::vector<Source*> sources;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& source : sources_) sources.push_back(source.get());
  }
  for (Source* source : sources) {
    const std::uint64_t before = std::exchange(source->sync_to, source->ring->written());
    if (const auto synced = source->ring->sync(everything ? source->sync_to : before); !synced)
      spdlog::warn("{}", synced.error().what);
  }
}

}  // namespace sinkfeed
