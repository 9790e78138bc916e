// A worker's history ring: the file, the worker's side and the reader's side. The layout is in ring_format.hpp.
#include "store/history_ring.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "store/history_columns.hpp"
#include "store/ring_format.hpp"

namespace sinkfeed {

using namespace ring_format;

namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int operator*() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

Problem cannot(std::string_view what, const std::filesystem::path& file, int error) {
  return Problem{
      fmt::format("cannot {} the history ring {}: {}", what, file.string(), std::generic_category().message(error))};
}

std::uint64_t header_checksum(const Header& header) { return XXH3_64bits(&header, offsetof(Header, checksum)); }

// Made beside its place and then renamed, so that a half-made ring is never found.
Result<void> make_file(const std::filesystem::path& file, std::uint64_t capacity) {
  const std::filesystem::path draft = file.string() + ".new";
  const Descriptor fd{::open(draft.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640)};
  if (!fd) return cannot("make", file, errno);
  const auto fail = [&](int error) {
    unlink(draft.c_str());
    return cannot(fmt::format("reserve {} bytes for", kHeaderBytes + capacity), file, error);
  };
  if (const int error = posix_fallocate(*fd, 0, static_cast<off_t>(kHeaderBytes + capacity))) return fail(error);
  Header header{};
  header.magic = kMagic;
  header.version = kVersion;
  header.capacity = capacity;
  if (getrandom(header.id.data(), header.id.size(), 0) != static_cast<ssize_t>(header.id.size())) return fail(errno);
  header.checksum = header_checksum(header);
  if (pwrite(*fd, &header, sizeof header, 0) != static_cast<ssize_t>(sizeof header)) return fail(errno);
  if (fsync(*fd) != 0) return fail(errno);
  if (rename(draft.c_str(), file.c_str()) != 0) return fail(errno);
  return {};
}

// `from`: client_size() or upstream_size() bytes.
IpAddress get_address(const char* from, std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from);
  if (size == 16) return IpAddress::v6(std::span<const std::uint8_t, 16>{bytes, 16});
  if (size == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>{bytes, 4});
  return {};
}

Loss loss_of(const char* tail) {
  Loss loss;
  std::memcpy(&loss, tail, sizeof loss);
  return loss;
}

QueryRecord gap(std::uint64_t count, std::int64_t time_us) {
  QueryRecord record;
  record.kind = QueryRecord::Kind::gap;
  record.gap_count = count;
  record.time = WallTime{std::chrono::microseconds{time_us}};
  return record;
}

}  // namespace

struct HistoryRing::Mapping {
  Mapping(void* at, std::size_t mapped, bool writable)
      : header(static_cast<Header*>(at)),
        data(static_cast<char*>(at) + kHeaderBytes),
        size(mapped),
        can_write(writable) {
    mask = header->capacity - 1;
    start();
  }
  ~Mapping() { munmap(header, size); }
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
    const RecordHead marker{kWrap, wrap_checksum(write_at)};
    std::memcpy(data + offset, &marker, sizeof marker);
    write_at += to_end;
    return data;
  }

  // Writes the losses so far as a gap record, not yet visible to the reader.
  bool write_gap() {
    const std::uint64_t lost = header->lost.load(std::memory_order_relaxed);
    char* const at = make_room(kShortestRecord + sizeof(Loss));
    if (at == nullptr) return false;
    RecordBody body{};
    body.sequence = header->pushed.load(std::memory_order_relaxed);
    body.time_us = header->lost_first_us.load(std::memory_order_relaxed);
    body.bits = kGap;
    const Loss loss{lost - header->lost_recorded.load(std::memory_order_relaxed), lost};
    std::memcpy(at + sizeof(RecordHead), &body, sizeof body);
    std::memcpy(at + kShortestRecord, &loss, sizeof loss);
    finish(at, kShortestRecord + sizeof loss);
    return true;
  }

  void finish(char* at, std::uint32_t length) {
    const RecordHead head{length, checksum(at + sizeof(RecordHead), length - sizeof(RecordHead), write_at)};
    std::memcpy(at, &head, sizeof head);
    write_at += padded(length);
  }

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
  bool read_one(std::uint64_t& position, std::uint64_t end, RecordBody& body, const char*& texts) const;

  // What the reader knows of a position that it has read up to.
  struct Mark {
    std::uint64_t position, sequence, lost;
  };

  Header* header;
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

Result<std::unique_ptr<HistoryRing::Mapping>> HistoryRing::Mapping::map(const std::filesystem::path& file,
                                                                        bool writable) {
  const Descriptor fd{::open(file.c_str(), (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC)};
  if (!fd) return cannot("open", file, errno);
  struct stat status {};
  if (fstat(*fd, &status) != 0) return cannot("read", file, errno);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const auto damaged = [&](std::string_view why) {
    return Problem{
        fmt::format("the history ring {} is damaged: {}; move it away to start a new one", file.string(), why)};
  };
  if (size < kHeaderBytes + kLeastCapacity) return damaged("it is too short");
  // Populated at once: the worker shall not meet a page fault for each page of its first lap.
  void* const at =
      mmap(nullptr, size, PROT_READ | (writable ? PROT_WRITE : 0), MAP_SHARED | (writable ? MAP_POPULATE : 0), *fd, 0);
  if (at == MAP_FAILED) return cannot("map", file, errno);
  const auto& header = *static_cast<const Header*>(at);
  const std::uint64_t written = header.written.load(), released = header.released.load();
  std::string_view why;
  if (header.magic != kMagic || header.checksum != header_checksum(header)) {
    why = "its header is not that of a ring";
  } else if (header.version != kVersion) {
    why = "it is of another version";
  } else if (!std::has_single_bit(header.capacity) || header.capacity > kMostCapacity ||
             size != kHeaderBytes + header.capacity) {
    why = "its size is not what its header says";
  } else if (released > written || written - released > header.capacity || written % 8 != 0 || released % 8 != 0) {
    why = "its positions contradict each other";
  }
  if (!why.empty()) {
    munmap(at, size);
    return damaged(why);
  }
  return std::make_unique<Mapping>(at, size, writable);
}

bool HistoryRing::Mapping::read_one(std::uint64_t& position, std::uint64_t end, RecordBody& body,
                                    const char*& texts) const {
  const std::uint64_t offset = position & mask, to_end = mask + 1 - offset, left = end - position;
  const char* const at = data + offset;
  RecordHead head;
  std::memcpy(&head, at, sizeof head);
  texts = nullptr;
  if (head.length == kWrap) {
    if (head.checksum != wrap_checksum(position) || to_end > left) return false;
    position += to_end;
    return true;
  }
  if (head.length < kShortestRecord || padded(head.length) > std::min(to_end, left)) return false;
  if (checksum(at + sizeof head, head.length - sizeof head, position) != head.checksum) return false;
  std::memcpy(&body, at + sizeof head, sizeof body);
  const std::size_t tail = (body.bits & kGap) != 0 ? sizeof(Loss)
                                                   : client_size(body.bits) + upstream_size(body.bits) +
                                                         body.name_length + body.rule_length + body.answers_length;
  if (kShortestRecord + tail != head.length) return false;
  if (body.verdict > static_cast<std::uint8_t>(Verdict::local) ||
      body.origin > static_cast<std::uint8_t>(Origin::policy)) {
    return false;
  }
  texts = at + kShortestRecord;
  position += padded(head.length);
  return true;
}

Result<std::unique_ptr<HistoryRing>> HistoryRing::open(const std::filesystem::path& file, std::uint64_t capacity) {
  if (!std::has_single_bit(capacity) || capacity < kLeastCapacity || capacity > kMostCapacity) {
    return Problem{
        fmt::format("a history ring of {} bytes is not possible: take a power of two from 64 KiB to 4 GiB", capacity)};
  }
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (auto made = make_file(file, capacity); !made) return made.error();
  }
  auto mapping = Mapping::map(file, true);
  if (!mapping) return mapping.error();
  std::unique_ptr<HistoryRing> ring{new HistoryRing{std::move(*mapping)}};
  Header& header = *ring->mapping_->header;
  // A process killed between making a gap record visible and noting that: the record is there, so do not make it again.
  std::uint64_t told = std::max(header.lost_recorded.load(), header.lost_seen.load());
  const std::uint64_t end = header.written.load();
  RecordBody body;
  const char* texts = nullptr;
  for (std::uint64_t at = header.released.load(); at < end && ring->mapping_->read_one(at, end, body, texts);) {
    if (texts != nullptr && (body.bits & kGap) != 0) told = std::max(told, loss_of(texts).total);
  }
  header.lost_recorded = std::min(told, header.lost.load());
  header.lost_at_open = header.lost.load();
  return ring;
}

Result<std::unique_ptr<HistoryRing>> HistoryRing::open_read_only(const std::filesystem::path& file) {
  auto mapping = Mapping::map(file, false);
  if (!mapping) return mapping.error();
  return std::unique_ptr<HistoryRing>{new HistoryRing{std::move(*mapping)}};
}

HistoryRing::HistoryRing(std::unique_ptr<Mapping> mapping) : mapping_(std::move(mapping)) {}
HistoryRing::~HistoryRing() = default;

bool HistoryRing::push(const RecordView& entry) {
  Mapping& m = *mapping_;
  const std::string_view name = entry.name.substr(0, kLongestName), rule = entry.rule.substr(0, kLongestRule);
  const std::string_view answers = cut_answers(entry.answers);
  const auto bits =
      static_cast<std::uint8_t>((entry.transport == Transport::tcp ? kTcp : 0) | (entry.has_ede ? kHasEde : 0) |
                                (entry.has_upstream ? kHasUpstream : 0) | (entry.client.is_v6() ? kClientV6 : 0) |
                                (entry.upstream.is_v6() ? kUpstreamV6 : 0));
  const auto text = [](const IpAddress& address) {
    return std::string_view{reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()};
  };
  const std::string_view upstream = entry.has_upstream ? text(entry.upstream) : std::string_view{};
  const auto length = static_cast<std::uint32_t>(kShortestRecord + client_size(bits) + upstream.size() + name.size() +
                                                 rule.size() + answers.size());
  const std::uint64_t before = m.write_at;
  const bool tell_loss = m.has_unrecorded_loss();
  char* at = nullptr;
  if (!tell_loss || m.write_gap()) at = m.make_room(length);
  if (at == nullptr) {
    m.write_at = before;
    m.count_loss(entry.time_us);
    return false;
  }
  RecordBody body;
  body.sequence = m.header->pushed.load(std::memory_order_relaxed);
  body.time_us = entry.time_us;
  body.latency_us = entry.latency_us;
  body.client_port = entry.client_port;
  body.type = entry.type;
  body.flags = entry.flags;
  body.ede = entry.ede;
  body.answers_length = static_cast<std::uint16_t>(answers.size());
  body.name_length = static_cast<std::uint8_t>(name.size());
  body.rule_length = static_cast<std::uint8_t>(rule.size());
  body.rcode = entry.rcode;
  body.verdict = static_cast<std::uint8_t>(entry.verdict);
  body.origin = static_cast<std::uint8_t>(entry.origin);
  body.bits = bits;
  char* to = at + sizeof(RecordHead);
  std::memcpy(to, &body, sizeof body);
  to += sizeof body;
  for (const std::string_view part : {text(entry.client), upstream, name, rule, answers}) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  m.finish(at, length);
  m.header->pushed.store(body.sequence + 1, std::memory_order_relaxed);
  m.header->last_us.store(entry.time_us, std::memory_order_relaxed);
  m.publish();
  if (tell_loss) m.loss_is_recorded();
  return true;
}

bool HistoryRing::record_loss() {
  if (!mapping_->has_unrecorded_loss()) return true;
  if (!mapping_->write_gap()) return false;
  mapping_->publish();
  mapping_->loss_is_recorded();
  return true;
}

void HistoryRing::resume_at(std::uint64_t position) {
  Mapping& m = *mapping_;
  Header& header = *m.header;
  const std::uint64_t end = header.written.load();
  std::uint64_t at = header.released.load(), sequence = header.released_pushed.load();
  if (position <= at) return;
  RecordBody body;
  const char* texts = nullptr;
  while (at < position && at < end && m.read_one(at, end, body, texts)) {
    if (texts != nullptr && (body.bits & kGap) == 0) sequence = body.sequence + 1;
  }
  if (at < position) sequence = header.pushed.load();  // the power took what the store has: nothing to count from there
  if (position > end) header.written = position;
  header.released_pushed = sequence;
  header.released = position;
  m.start();
}

std::uint64_t HistoryRing::read(std::uint64_t position, std::size_t limit, HistoryColumns& out) {
  Mapping& m = *mapping_;
  const std::uint64_t end = written();
  const auto known =
      std::find_if(m.marks.rbegin(), m.marks.rend(), [&](const auto& mark) { return mark.position <= position; });
  Mapping::Mark mark = known == m.marks.rend() ? m.marks.front() : *known;
  std::size_t taken = 0;
  RecordBody body;
  const char* texts = nullptr;
  std::array<RecordView, HistoryColumns::kBatch> batch;
  std::size_t batched = 0;
  const auto hand_over = [&] {
    out.append(std::span<const RecordView>{batch}.first(batched));
    batched = 0;
  };
  while (position < end && taken < limit) {
    ++taken;
    if (!m.read_one(position, end, body, texts)) {
      const std::uint64_t pushed = m.header->pushed.load(std::memory_order_relaxed);
      hand_over();
      out.append_gap(pushed > mark.sequence ? pushed - mark.sequence : 1, m.header->last_us.load());
      mark.sequence = pushed;
      position = end;
      break;
    }
    if (texts == nullptr) {
      --taken;
      continue;
    }
    if ((body.bits & kGap) != 0) {
      hand_over();
      out.append_gap(loss_of(texts).count, body.time_us);
      mark.lost = std::max(mark.lost, loss_of(texts).total);
      continue;
    }
    mark.sequence = body.sequence + 1;
    const std::size_t of_client = client_size(body.bits), of_upstream = upstream_size(body.bits);
    const std::string_view name{texts + of_client + of_upstream, body.name_length},
        rule{name.data() + name.size(), body.rule_length};
    batch[batched++] = RecordView{.time_us = body.time_us,
                                  .latency_us = body.latency_us,
                                  .client = get_address(texts, of_client),
                                  .upstream = get_address(texts + of_client, of_upstream),
                                  .has_upstream = (body.bits & kHasUpstream) != 0,
                                  .client_port = body.client_port,
                                  .type = body.type,
                                  .flags = body.flags,
                                  .ede = body.ede,
                                  .has_ede = (body.bits & kHasEde) != 0,
                                  .rcode = body.rcode,
                                  .transport = (body.bits & kTcp) != 0 ? Transport::tcp : Transport::udp,
                                  .origin = static_cast<Origin>(body.origin),
                                  .verdict = static_cast<Verdict>(body.verdict),
                                  .name = name,
                                  .rule = rule,
                                  .answers = {rule.data() + rule.size(), body.answers_length}};
    if (batched == batch.size()) hand_over();
  }
  hand_over();
  mark.position = position;
  if (position > m.marks.back().position) m.marks.push_back(mark);
  if (m.can_write && mark.lost > m.header->lost_seen.load()) m.header->lost_seen = mark.lost;
  return position;
}

std::optional<QueryRecord> HistoryRing::loss_after(std::uint64_t position) const {
  const Mapping& m = *mapping_;
  std::uint64_t told = 0;
  for (const auto& mark : m.marks) {
    if (mark.position <= position) told = mark.lost;
  }
  const std::uint64_t lost = m.header->lost.load(std::memory_order_acquire);
  if (lost <= told) return std::nullopt;
  return gap(lost - told, m.header->lost_first_us.load());
}

std::uint64_t HistoryRing::unread() const {
  const std::uint64_t pushed = mapping_->header->pushed.load(std::memory_order_relaxed);
  return pushed - std::min(pushed, mapping_->marks.back().sequence);
}

void HistoryRing::release(std::uint64_t position) {
  Mapping& m = *mapping_;
  const auto later =
      std::find_if(m.marks.begin(), m.marks.end(), [&](const auto& mark) { return mark.position > position; });
  if (later == m.marks.begin()) return;
  m.marks.erase(m.marks.begin(), later - 1);
  m.header->released_pushed.store(m.marks.front().sequence, std::memory_order_relaxed);
  m.header->released.store(m.marks.front().position, std::memory_order_release);
}

std::uint64_t HistoryRing::lost() const {
  return mapping_->header->lost.load(std::memory_order_relaxed) -
         mapping_->header->lost_at_open.load(std::memory_order_relaxed);
}
std::uint64_t HistoryRing::released() const { return mapping_->header->released.load(std::memory_order_acquire); }
std::uint64_t HistoryRing::written() const { return mapping_->header->written.load(std::memory_order_acquire); }
std::string_view HistoryRing::id() const { return {mapping_->header->id.data(), mapping_->header->id.size()}; }
std::uint64_t HistoryRing::capacity() const { return mapping_->header->capacity; }

Result<void> HistoryRing::sync() {
  Mapping& m = *mapping_;
  const std::uint64_t now = written();
  if (now == m.synced) return {};
  // The records before the header that counts them.
  if (msync(m.data, m.size - kHeaderBytes, MS_SYNC) != 0 || msync(m.header, kHeaderBytes, MS_SYNC) != 0) {
    return Problem{fmt::format("cannot bring a history ring to disk: {}", std::generic_category().message(errno))};
  }
  m.synced = now;
  return {};
}

}  // namespace sinkfeed
