// The file of a history ring in memory, and the worker's and the reader's places in it. ring_format.hpp has the layout.
#pragma once

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>
#include <vector>

#include "config/result.hpp"
#include "store/history_ring.hpp"
#include "store/ring_format.hpp"

namespace sinkfeed {

// Made beside its place and then renamed, so that a half-made ring is never found.
Result<void> make_ring_file(const std::filesystem::path& file, std::uint64_t capacity);

struct HistoryRing::Mapping {
  Mapping(void* at, std::size_t mapped, bool writable)
      : header(static_cast<ring_format::Header*>(at)),
        data(static_cast<char*>(at) + ring_format::kHeaderBytes),
        size(mapped),
        can_write(writable) {
    mask = header->capacity - 1;
    start();
  }
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // Takes both sides' state from the header.
  void start() {
    write_at = header->written.load(std::memory_order_acquire);
    known_released = header->released.load();
    marks.assign(1, Mark{known_released, header->released_pushed.load(), header->lost_seen.load()});
  }

  static Result<std::unique_ptr<Mapping>> map(const std::filesystem::path& file, bool writable);

  // Makes room for `length` bytes in one piece, with a wrap marker if need be; the place, or null if there is no room.
  char* make_room(std::uint64_t length) {
    const std::uint64_t offset = write_at & mask, to_end = mask + 1 - offset;
    const bool wrap = to_end < length;
    const std::uint64_t need = wrap ? to_end + length : length;
    if (write_at + need - known_released > mask + 1) {
      known_released = header->released.load(std::memory_order_acquire);
      if (write_at + need - known_released > mask + 1) return nullptr;
    }
    if (!wrap) return data + offset;
    const ring_format::RecordHead marker{ring_format::kWrap, ring_format::wrap_checksum(write_at)};
    std::memcpy(data + offset, &marker, sizeof marker);
    write_at += to_end;
    return data;
  }

  // Writes the losses so far as a gap record, not yet visible to the reader.
  bool write_gap() {
    const std::uint64_t lost = header->lost.load(std::memory_order_relaxed);
    char* const at = make_room(ring_format::kShortestRecord + sizeof(ring_format::Loss));
    if (at == nullptr) return false;
    ring_format::RecordBody body{};
    body.sequence = header->pushed.load(std::memory_order_relaxed);
    body.time_us = header->lost_first_us.load(std::memory_order_relaxed);
    body.bits = ring_format::kGap;
    const ring_format::Loss loss{lost - header->lost_recorded.load(std::memory_order_relaxed), lost};
    std::memcpy(at + sizeof(ring_format::RecordHead), &body, sizeof body);
    std::memcpy(at + ring_format::kShortestRecord, &loss, sizeof loss);
    finish(at, ring_format::kShortestRecord + sizeof loss);
    return true;
  }

  void finish(char* at, std::uint32_t length) {
    const ring_format::RecordHead head{
        length, ring_format::checksum(at + sizeof(ring_format::RecordHead), length - sizeof(ring_format::RecordHead),
                                      write_at)};
    std::memcpy(at, &head, sizeof head);
    write_at += ring_format::padded(length);
  }

  // To disk: the pages of the data area that hold bytes from `first` to `last`.
  bool sync(std::uint64_t first, std::uint64_t last) const;

  bool has_unrecorded_loss() const {
    return header->lost.load(std::memory_order_relaxed) != header->lost_recorded.load(std::memory_order_relaxed);
  }
  void publish() { header->written.store(write_at, std::memory_order_release); }
  void loss_is_recorded() {
    header->lost_recorded.store(header->lost.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  void count_loss(std::int64_t time_us) {
    if (!has_unrecorded_loss()) header->lost_first_us.store(time_us, std::memory_order_relaxed);
    header->lost.store(header->lost.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  // Reads one record at `position`, below `end`; false: damaged. A wrap marker moves `position` and yields nothing.
  bool read_one(std::uint64_t& position, std::uint64_t end, ring_format::RecordBody& body, const char*& texts) const;

  // What the reader knows of a position that it has read up to.
  struct Mark {
    std::uint64_t position, sequence, lost;
  };

  ring_format::Header* header;
  char* data;
  std::size_t size;
  bool can_write;
  std::uint64_t mask = 0;
  std::uint64_t synced = 0;
  std::vector<Mark> marks;  // ascending; the first is of `released`
  // The worker's own, apart from what the reader touches.
  alignas(64) std::uint64_t write_at = 0;
  std::uint64_t known_released = 0;
};

}  // namespace sinkfeed
