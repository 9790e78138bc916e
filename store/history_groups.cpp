#include "store/history_groups.hpp"

#include <algorithm>

#include "store/history_marks.hpp"
#include "store/wire_name.hpp"

namespace sinkfeed {

using history_layout::Numbers;

namespace {

constexpr std::array<std::string_view, 6> kNames{"client", "name", "type", "verdict", "rcode", "time"};

std::string number_key(std::uint64_t number) {
  std::string key;
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(number >> shift);
  return key;
}

std::uint64_t number_of(const std::string& key) {
  std::uint64_t number = 0;
  for (const char byte : key) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string address_key(const IpAddress& address) {
  return {reinterpret_cast<const char*>(address.bytes().data()), address.bytes().size()};
}

IpAddress address_of(const std::string& key) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(key.data());
  if (key.size() == 4) return IpAddress::v4(std::span<const std::uint8_t, 4>(bytes, 4));
  return IpAddress::v6(std::span<const std::uint8_t, 16>(bytes, 16));
}

}  // namespace

std::optional<GroupBy> parse_group_by(std::string_view text) {
  const auto found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<GroupBy>(found - kNames.begin());
}

std::string_view group_by_name(GroupBy by) { return kNames.at(static_cast<std::size_t>(by)); }

std::string HistoryGroups::key_of(const QueryRecord& record) const {
  switch (by_) {
    case GroupBy::client:
      return address_key(record.client);
    case GroupBy::name:
      return std::string(record.name.wire());
    case GroupBy::type:
      return number_key(record.type);
    case GroupBy::verdict:
      return number_key(static_cast<std::uint64_t>(record.verdict));
    case GroupBy::rcode:
      return number_key(record.rcode);
    case GroupBy::time: {
      const std::int64_t time = record.time.time_since_epoch().count();
      const std::int64_t into = time % width_us_;
      return number_key(static_cast<std::uint64_t>(time - (into < 0 ? into + width_us_ : into)));
    }
  }
  return {};
}

void HistoryGroups::add(const QueryRecord& record) {
  if (record.kind == QueryRecord::Kind::gap) {
    lost_ += record.gap_count;
    return;
  }
  queries_++;
  counts_[key_of(record)]++;
}

void HistoryGroups::add(HistoryPart& part, const std::vector<std::uint32_t>& rows) {
  if (rows.empty()) return;
  const auto is_gap = [&, has_gaps = part.has_gaps()](std::uint32_t row) {
    return has_gaps && part.marks()[row] & history_marks::kGap;
  };
  if (by_ == GroupBy::time) {
    const auto& times = part.times_us();
    QueryRecord record;
    std::int64_t from = 0, to = 0;
    std::uint64_t* count = nullptr;
    for (const std::uint32_t row : rows) {
      if (is_gap(row)) {
        add(part.record(row));
        continue;
      }
      if (!count || times[row] < from || times[row] >= to) {
        record.time = WallTime{std::chrono::microseconds{times[row]}};
        const std::string key = key_of(record);
        count = &counts_[key];
        from = static_cast<std::int64_t>(number_of(key));
        to = from + width_us_;
      }
      ++*count;
      queries_++;
    }
    return;
  }
  // Counted by place in the part first: the look-up is one an entry, not one a row.
  const auto& places = by_ == GroupBy::client ? part.client_of_rows() : part.subject_of_rows();
  in_part_.assign(by_ == GroupBy::client ? part.clients().size() : part.subjects(), 0);
  for (const std::uint32_t row : rows) {
    if (is_gap(row)) {
      add(part.record(row));
      continue;
    }
    in_part_[places[row]]++;
    queries_++;
  }
  QueryRecord record;
  for (std::size_t place = 0; place < in_part_.size(); place++) {
    if (!in_part_[place]) continue;
    if (by_ == GroupBy::client) {
      record.client = part.clients()[place].address;
    } else {
      switch (by_) {
        case GroupBy::type:
          record.type = static_cast<std::uint16_t>(part.of_subjects(Numbers::subject_type)[place]);
          break;
        case GroupBy::verdict:
          record.verdict = static_cast<Verdict>(part.of_subjects(Numbers::subject_verdict)[place]);
          break;
        case GroupBy::rcode:
          record.rcode = static_cast<std::uint8_t>(part.of_subjects(Numbers::subject_rcode)[place]);
          break;
        default: {  // names
          const std::size_t name = part.of_subjects(Numbers::subject_name)[place];
          const std::string_view wire = name < part.names().size() ? part.names()[name] : "";
          if (is_wire_name(wire)) counts_[std::string(wire)] += in_part_[place];
          continue;
        }
      }
    }
    counts_[key_of(record)] += in_part_[place];
  }
}

std::string HistoryGroups::text_of(const std::string& key) const {
  switch (by_) {
    case GroupBy::client:
      return address_of(key).text();
    case GroupBy::name:
      return DnsName::from_wire({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}).text();
    case GroupBy::type:
      return type_name(static_cast<std::uint16_t>(number_of(key)));
    case GroupBy::verdict:
      return std::string(verdict_name(static_cast<Verdict>(number_of(key))));
    case GroupBy::rcode:
      return rcode_name(static_cast<std::uint8_t>(number_of(key)));
    case GroupBy::time:
      return format_time(WallTime{std::chrono::microseconds{static_cast<std::int64_t>(number_of(key))}});
  }
  return {};
}

std::vector<HistoryGroup> HistoryGroups::largest(std::size_t limit) const {
  std::vector<std::pair<std::string_view, std::uint64_t>> all(counts_.begin(), counts_.end());
  if (by_ == GroupBy::time) {
    limit = 0;
    std::sort(all.begin(), all.end());
  } else {
    const auto is_before = [](const auto& left, const auto& right) {
      return left.second != right.second ? left.second > right.second : left.first < right.first;
    };
    const std::size_t wanted = limit ? std::min(limit, all.size()) : all.size();
    std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(wanted), all.end(), is_before);
    all.resize(wanted);
  }
  std::vector<HistoryGroup> groups;
  groups.reserve(all.size());
  for (const auto& [key, queries] : all) {
    HistoryGroup& group = groups.emplace_back(HistoryGroup{text_of(std::string(key)), queries});
    if (by_ == GroupBy::time)
      group.time = WallTime{std::chrono::microseconds{static_cast<std::int64_t>(number_of(std::string(key)))}};
  }
  return groups;
}

}  // namespace sinkfeed
