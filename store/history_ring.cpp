// A worker's history ring: the worker's side and the reader's side.
#include "store/history_ring.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <span>
#include <system_error>
#include <utility>

#include "store/client_mask.hpp"
#include "store/history_columns.hpp"
#include "store/history_ring_mapping.hpp"
#include "store/ring_format.hpp"

namespace sinkfeed {

using namespace ring_format;

namespace {

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

Result<std::unique_ptr<HistoryRing>> HistoryRing::open(const std::filesystem::path& file, std::uint64_t capacity) {
  if (!std::has_single_bit(capacity) || capacity < kLeastCapacity || capacity > kMostCapacity) {
    return Problem{
        fmt::format("a history ring of {} bytes is not possible: take a power of two from 64 KiB to 4 GiB", capacity)};
  }
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (auto made = make_ring_file(file, capacity); !made) return made.error();
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

std::uint64_t HistoryRing::read(std::uint64_t position, std::size_t limit, HistoryColumns& out, ClientMask* mask) {
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
    if (mask && mask->changes_anything()) {
      for (RecordView& record : std::span{batch}.first(batched)) record.client = mask->masked(record.client);
    }
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

Result<void> HistoryRing::sync(std::uint64_t position) {
  Mapping& m = *mapping_;
  // Only what is neither on disk nor in a block: the next write to a page that went to disk costs the worker a fault.
  const std::uint64_t from = std::max(released(), m.synced);
  if (position <= from) return {};
  const std::uint64_t first = from & m.mask, last = position & m.mask;
  bool done = true;
  // The records before the header that counts them.
  if (position - from > m.mask) {
    done = m.sync(0, m.mask + 1);
  } else if (first <= last) {
    done = m.sync(first, last);
  } else {
    done = m.sync(first, m.mask + 1) && m.sync(0, last);
  }
  if (!done || msync(m.header, kHeaderBytes, MS_SYNC) != 0)
    return Problem{fmt::format("cannot bring a history ring to disk: {}", std::generic_category().message(errno))};
  m.synced = position;
  return {};
}

}  // namespace sinkfeed
