// The history's start: opens the rings, goes on where the blocks end, takes over the rings of workers that are no more.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

#include "store/history_block.hpp"
#include "store/history_writer.hpp"
#include "store/keys.hpp"

namespace sinkfeed {
namespace {

std::filesystem::path worker_file(const std::filesystem::path& folder, int worker) {
  return folder / fmt::format("worker-{}.ring", worker);
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

Problem cannot(std::string_view what, const std::filesystem::path& path, const std::error_code& error) {
  return Problem{fmt::format("cannot {} {}: {}", what, path.string(), error.message())};
}

// "FILE.damaged", or "FILE.damaged-2" … if rings of earlier damages stand there.
std::filesystem::path free_place_beside(const std::filesystem::path& file) {
  std::filesystem::path place = file.string() + ".damaged";
  std::error_code error;
  for (int n = 2; std::filesystem::exists(place, error); ++n) place = fmt::format("{}.damaged-{}", file.string(), n);
  return place;
}

}  // namespace

Result<void> HistoryWriter::open_rings(int workers) {
  const std::filesystem::path& folder = folder_;
  std::error_code error;
  if (writable_) {
    std::filesystem::create_directories(folder, error);
    if (error) return cannot("make the folder of the history's rings", folder, error);
  } else if (!std::filesystem::exists(folder, error) && !error) {
    return {};  // no daemon ever ran here
  }
  std::set<std::filesystem::path> ours, left_behind;
  for (int worker = 0; writable_ && worker < workers; ++worker) ours.insert(worker_file(folder, worker));
  std::filesystem::directory_iterator entries{folder, error};
  for (; !error && entries != std::filesystem::directory_iterator{}; entries.increment(error)) {
    const auto& file = entries->path();
    if (file.extension() == ".ring" && !ours.contains(file)) left_behind.insert(file);
    // Half-made by a start that was killed; it never held a record.
    if (writable_ && file.extension() == ".new") std::filesystem::remove(file, error);
  }
  if (error) return cannot("read the folder of the history's rings", folder, error);
  for (const auto& file : left_behind) {
    if (auto opened = open_left_behind(file); !opened) return opened;
  }
  if (!writable_) {
    read_left_behind();
    return {};
  }
  for (int worker = 0; worker < workers; ++worker) {
    if (auto opened = open_worker_ring(worker_file(folder, worker)); !opened) return opened;
  }
  return forget_positions_of_no_ring();
}

Result<void> HistoryWriter::open_ring(int worker) {
  const std::lock_guard lock{mutex_};
  if (static_cast<std::size_t>(worker) < workers_.size()) return {};
  const auto file = worker_file(folder_, worker);
  // Of a worker of an earlier run, and not drained and removed yet: it is in use again.
  const auto known =
      std::find_if(sources_.begin(), sources_.end(), [&](const auto& source) { return source->file == file; });
  if (known == sources_.end()) return open_worker_ring(file);
  (*known)->retired = false;
  workers_.push_back((*known)->ring.get());
  return {};
}

Result<void> HistoryWriter::open_left_behind(const std::filesystem::path& file) {
  auto ring = writable_ ? HistoryRing::open(file, kRingCapacity) : HistoryRing::open_read_only(file);
  if (ring) return adopt(std::move(*ring), file, true);
  spdlog::warn("{}", ring.error().what);
  problems_.push_back(ring.error().what);
  return {};
}

// An existing ring of another capacity, or one that cannot be read, makes room for a new one and stays beside it.
Result<void> HistoryWriter::open_worker_ring(const std::filesystem::path& file) {
  std::error_code error;
  const bool existed = std::filesystem::exists(file, error);
  auto ring = HistoryRing::open(file, kRingCapacity);
  if (existed && !ring) {
    const std::filesystem::path aside = free_place_beside(file);
    std::filesystem::rename(file, aside, error);
    if (error) return ring.error();
    problems_.push_back(fmt::format("{}: it is kept as {}", ring.error().what, aside.string()));
    spdlog::warn("{}", problems_.back());
    ring = HistoryRing::open(file, kRingCapacity);
  } else if (ring && (*ring)->capacity() != kRingCapacity) {
    auto aside = file;
    aside.replace_filename(fmt::format("{}-{}.ring", file.stem().string(), hex((*ring)->id())));
    std::filesystem::rename(file, aside, error);
    if (error) return cannot("put aside the history ring", file, error);
    if (auto adopted = adopt(std::move(*ring), aside, true); !adopted) return adopted;
    ring = HistoryRing::open(file, kRingCapacity);
  }
  if (!ring) return ring.error();
  workers_.push_back(ring->get());
  return adopt(std::move(*ring), file, false);
}

Result<void> HistoryWriter::adopt(std::unique_ptr<HistoryRing> ring, const std::filesystem::path& file, bool retired) {
  const auto position = database_.get(Column::meta, position_key(ring->id()));
  if (!position) return position.error();
  auto source = std::make_unique<Source>();
  source->read_to = ring->released();
  if (*position && (*position)->size() == 8) {
    const std::uint64_t in_blocks = keys::read_u64(**position);
    if (writable_) ring->resume_at(in_blocks);
    source->read_to = std::max(ring->released(), in_blocks);
  }
  // No worker pushes yet: losses that a killed process had counted are told of now.
  if (writable_ && !retired) ring->record_loss();
  source->ring = std::move(ring);
  source->file = file;
  source->retired = retired;
  sources_.push_back(std::move(source));
  return {};
}

void HistoryWriter::read_left_behind() {
  Pending pending;
  pending.columns = std::make_shared<HistoryColumns>();
  for (const auto& source : sources_) {
    for (std::uint64_t next = 0;; source->read_to = next) {
      next = source->ring->read(source->read_to, kBlockRows, *pending.columns, &mask_);
      if (next == source->read_to) break;
    }
  }
  if (!pending.columns->empty()) pending_.push_back(std::move(pending));
}

// Left by a kill between removing a drained ring and its position.
Result<void> HistoryWriter::forget_positions_of_no_ring() {
  std::set<std::string> known;
  for (const auto& source : sources_) known.insert(position_key(source->ring->id()));
  Database::Batch batch;
  auto read = database_.scan(Column::meta, "ring/", "ring0", [&](std::string_view key, std::string_view) {
    if (!known.contains(std::string{key})) batch.remove(Column::meta, std::string{key});
    return true;
  });
  if (!read || batch.empty()) return read;
  return database_.write(batch);
}

}  // namespace sinkfeed
