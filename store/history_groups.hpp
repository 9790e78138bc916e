// Counting queries by what they have in common: the most active clients, the names most asked for, over time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/history_part.hpp"

namespace sinkfeed {

enum class GroupBy : std::uint8_t { client, name, type, verdict, rcode, time };
// "client", …; nothing for what is none.
std::optional<GroupBy> parse_group_by(std::string_view text);
std::string_view group_by_name(GroupBy by);

struct HistoryGroup {
  std::string what;  // as people write it; of `time` the start, as format_time gives it
  std::uint64_t queries = 0;
  WallTime time{};  // of `time` alone
};

// One thread at a time.
class HistoryGroups {
 public:
  // `width`: of the pieces into which `time` is cut, at least a second.
  HistoryGroups(GroupBy by, std::chrono::seconds width) : by_(by), width_us_(width.count() * 1'000'000) {}

  void add(HistoryPart& part, const std::vector<std::uint32_t>& rows);
  void add(const QueryRecord& record);

  // The `limit` largest, the largest first, equals by what they are; of `time` all, the earliest first. 0: all.
  std::vector<HistoryGroup> largest(std::size_t limit) const;
  std::size_t size() const { return counts_.size(); }
  std::uint64_t queries() const { return queries_; }
  std::uint64_t lost() const { return lost_; }  // of gaps that matched

 private:
  std::string key_of(const QueryRecord& record) const;
  std::string text_of(const std::string& key) const;

  const GroupBy by_;
  const std::int64_t width_us_;
  std::unordered_map<std::string, std::uint64_t> counts_;
  std::uint64_t queries_ = 0, lost_ = 0;
  std::vector<std::uint64_t> in_part_;
};

}  // namespace sinkfeed
