#include "store/history_columns.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "store/history_marks.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kFirstSlots = 64;
constexpr std::string_view kRootName{"\0", 1};

std::uint32_t fold(std::uint64_t hash) { return static_cast<std::uint32_t>(hash ^ hash >> 32); }

std::uint32_t hash_of(const IpAddress& address) {
  return fold(XXH3_64bits(address.bytes().data(), address.bytes().size()));
}

// Of what makes the subject.
std::uint32_t hash_of(const RecordView& r) {
  const std::string_view rule = r.rule.substr(0, kLongestRule), answers = cut_answers(r.answers);
  const std::uint64_t rest = std::uint64_t{r.type} << 48 | std::uint64_t{r.ede} << 32 | std::uint64_t{r.rcode} << 24 |
                             std::uint64_t{static_cast<std::uint8_t>(r.verdict)} << 16 | (r.has_ede ? 1u : 0u);
  std::uint64_t wide = XXH3_64bits_withSeed(r.name.data(), r.name.size(), rest);
  if (!rule.empty()) wide = XXH3_64bits_withSeed(rule.data(), rule.size(), wide);
  if (!answers.empty()) wide = XXH3_64bits_withSeed(answers.data(), answers.size(), wide);
  return fold(wide);
}

}  // namespace

std::string_view cut_answers(std::string_view packed) {
  if (packed.size() <= kLongestAnswers) return packed;
  std::size_t kept = 0;
  for (const auto& item : PackedAnswers::items(packed)) {
    const std::size_t next = kept + 3 + item.bytes.size();
    if (next > kLongestAnswers) break;
    kept = next;
  }
  return packed.substr(0, kept);
}

template <class Entries>
void HistoryColumns::Table::grow(const Entries& entries) {
  if (2 * (entries.size() + 1) <= slots.size()) return;
  slots.assign(std::max(kFirstSlots, 2 * slots.size()), 0);
  for (std::uint32_t number = 0; number < entries.size(); ++number) {
    std::size_t at = entries[number].hash & (slots.size() - 1);
    while (slots[at]) at = (at + 1) & (slots.size() - 1);
    slots[at] = number + 1;
  }
}

void HistoryColumns::append(std::span<const RecordView> records) {
  Hashes hashes[kBatch];
  for (std::size_t i = 0; i < records.size(); ++i) {
    hashes[i] = {hash_of(records[i]), hash_of(records[i].client)};
    if (subject_table_.slots.empty()) continue;
    __builtin_prefetch(&subject_table_.slots[hashes[i].subject & (subject_table_.slots.size() - 1)]);
  }
  for (std::size_t i = 0; i < records.size() && !subject_table_.slots.empty(); ++i) {
    const std::uint32_t number = subject_table_.slots[hashes[i].subject & (subject_table_.slots.size() - 1)];
    if (number) __builtin_prefetch(&subjects_[number - 1]);
  }
  for (std::size_t i = 0; i < records.size(); ++i) append_row(records[i], hashes[i]);
}

std::uint32_t HistoryColumns::subject_number(const RecordView& r, std::uint32_t hash) {
  const std::string_view rule = r.rule.substr(0, kLongestRule), answers = cut_answers(r.answers);
  subject_table_.grow(subjects_);
  const std::size_t mask = subject_table_.slots.size() - 1;
  std::size_t at = hash & mask;
  for (; subject_table_.slots[at]; at = (at + 1) & mask) {
    const Subject& s = subjects_[subject_table_.slots[at] - 1];
    if (s.hash == hash && s.type == r.type && s.rcode == r.rcode && s.verdict == r.verdict && s.has_ede == r.has_ede &&
        s.ede == (r.has_ede ? r.ede : 0) && name_of(s) == r.name && answers_of(s) == answers && rule_of(s) == rule)
      return subject_table_.slots[at] - 1;
  }
  Subject subject{.hash = hash,
                  .texts = static_cast<std::uint32_t>(texts_.size()),
                  .type = r.type,
                  .ede = r.has_ede ? r.ede : std::uint16_t{0},
                  .answers_size = static_cast<std::uint16_t>(answers.size()),
                  .rule_size = static_cast<std::uint8_t>(rule.size()),
                  .rcode = r.rcode,
                  .verdict = r.verdict,
                  .has_ede = r.has_ede};
  const std::string_view name = is_wire_name(r.name) ? r.name : kRootName;
  subject.name_size = static_cast<std::uint8_t>(name.size());
  texts_.append(name).append(rule).append(answers);
  subjects_.push_back(subject);
  return subject_table_.slots[at] = static_cast<std::uint32_t>(subjects_.size()), subjects_.size() - 1;
}

std::uint32_t HistoryColumns::address_number(const IpAddress& address, std::uint32_t hash) {
  address_table_.grow(addresses_);
  const std::size_t mask = address_table_.slots.size() - 1;
  std::size_t at = hash & mask;
  for (; address_table_.slots[at]; at = (at + 1) & mask) {
    const AddressEntry& entry = addresses_[address_table_.slots[at] - 1];
    if (entry.hash == hash && entry.address == address) return address_table_.slots[at] - 1;
  }
  addresses_.push_back({hash, address});
  return address_table_.slots[at] = static_cast<std::uint32_t>(addresses_.size()), addresses_.size() - 1;
}

void HistoryColumns::see_time(std::int64_t time_us) {
  first_us_ = times_.empty() ? time_us : std::min(first_us_, time_us);
  last_us_ = times_.empty() ? time_us : std::max(last_us_, time_us);
  times_.push_back(time_us);
}

void HistoryColumns::append_row(const RecordView& r, Hashes hashes) {
  see_time(r.time_us);
  row_subjects_.push_back(subject_number(r, hashes.subject));
  clients_.push_back(address_number(r.client, hashes.client));
  latencies_.push_back(r.latency_us);
  ports_.push_back(r.client_port);
  flags_.push_back(r.flags);
  marks_.push_back(static_cast<std::uint8_t>((r.transport == Transport::tcp ? history_marks::kTcp : 0U) |
                                             static_cast<unsigned>(r.origin) << history_marks::kOrigin |
                                             (r.has_upstream ? history_marks::kUpstream : 0U)));
  if (r.has_upstream) upstreams_.push_back(address_number(r.upstream, hash_of(r.upstream)));
}

void HistoryColumns::append_gap(std::uint64_t count, std::int64_t time_us) {
  RecordView gap;
  gap.time_us = time_us;
  gap.name = kRootName;
  append({&gap, 1});
  marks_.back() |= history_marks::kGap;
  gaps_.push_back(count);
}

void HistoryColumns::append(const QueryRecord& r) {
  const std::int64_t time_us = r.time.time_since_epoch().count();
  if (r.kind == QueryRecord::Kind::gap) return append_gap(r.gap_count, time_us);
  const RecordView view{.time_us = time_us,
                        .latency_us = r.latency_us,
                        .client = r.client,
                        .upstream = r.upstream.value_or(IpAddress{}),
                        .has_upstream = r.upstream.has_value(),
                        .client_port = r.client_port,
                        .type = r.type,
                        .flags = r.flags,
                        .ede = r.ede.value_or(0),
                        .has_ede = r.ede.has_value(),
                        .rcode = r.rcode,
                        .transport = r.transport,
                        .origin = r.origin,
                        .verdict = r.verdict,
                        .name = r.name.wire(),
                        .rule = r.rule,
                        .answers = r.answers};
  append({&view, 1});
}

HistoryColumns::Answer HistoryColumns::answer(std::uint32_t subject) const {
  const Subject& s = subjects_[subject];
  return {name_of(s), s.verdict, s.rcode, answers_of(s)};
}

void HistoryColumns::clear() {
  texts_.clear();
  subjects_.clear();
  addresses_.clear();
  subject_table_.slots.assign(subject_table_.slots.size(), 0);
  address_table_.slots.assign(address_table_.slots.size(), 0);
  for (auto* column : {&row_subjects_, &clients_, &latencies_, &upstreams_}) column->clear();
  for (auto* column : {&ports_, &flags_}) column->clear();
  times_.clear();
  marks_.clear();
  gaps_.clear();
}

std::vector<QueryRecord> HistoryColumns::records(std::size_t first, std::size_t most) const {
  first = std::min(first, rows());
  std::vector<QueryRecord> records(std::min(most, rows() - first));
  std::size_t upstream = 0, gap = 0;
  for (std::size_t i = 0; i < first; ++i) {
    if (marks_[i] & history_marks::kGap) ++gap;
    if (marks_[i] & history_marks::kUpstream) ++upstream;
  }
  for (std::size_t i = first; i < first + records.size(); ++i) {
    QueryRecord& r = records[i - first];
    const unsigned marks = marks_[i];
    r.time = WallTime{std::chrono::microseconds{times_[i]}};
    if (marks & history_marks::kGap) {
      r.kind = QueryRecord::Kind::gap;
      r.gap_count = gaps_[gap++];
      continue;
    }
    const Subject& s = subjects_[row_subjects_[i]];
    const std::string_view name = name_of(s);
    r.client = addresses_[clients_[i]].address;
    r.client_port = ports_[i];
    r.transport = marks & history_marks::kTcp ? Transport::tcp : Transport::udp;
    r.origin = static_cast<Origin>(marks >> history_marks::kOrigin & 3U);
    r.name = DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
    r.type = s.type;
    r.flags = flags_[i];
    r.verdict = s.verdict;
    r.rule = rule_of(s);
    r.rcode = s.rcode;
    if (s.has_ede) r.ede = s.ede;
    r.answers = answers_of(s);
    if (marks & history_marks::kUpstream) r.upstream = addresses_[upstreams_[upstream++]].address;
    r.latency_us = latencies_[i];
  }
  return records;
}

}  // namespace sinkfeed
