// Searches the history: blocks and what is not in a block yet, merged in order of time.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <deque>
#include <queue>
#include <utility>

#include "store/history.hpp"
#include "store/history_block.hpp"
#include "store/history_core.hpp"
#include "store/history_match.hpp"
#include "store/history_names.hpp"
#include "store/name_filter.hpp"

namespace sinkfeed {

using history_layout::PackedBlock;

namespace {

// The matches of one block or of pending columns, in the order wanted. Of a block, a record is put together when it is
// shown.
class Run {
 public:
  struct Match {
    std::int64_t time_us = 0;
    std::uint32_t part = 0, row = 0;
  };
  explicit Run(std::vector<QueryRecord> records) : records_(std::move(records)) {}
  explicit Run(PackedBlock block) : block_(std::make_unique<PackedBlock>(std::move(block))) {
    for (std::size_t part = 0; part < block_->parts().size(); part++) parts_.emplace_back(*block_, part);
  }

  // False if what was read of the block is damaged.
  bool match(const HistoryFilter& filter) {
    for (std::uint32_t row = 0; row < records_.size(); row++) {
      if (filter.matches(records_[row])) matches_.push_back({records_[row].time.time_since_epoch().count(), 0, row});
    }
    RowMatcher matcher(filter);
    for (std::uint32_t part = 0; part < parts_.size(); part++) {
      rows_.clear();
      matcher.rows_of(parts_[part], rows_);
      for (const std::uint32_t row : rows_) matches_.push_back({parts_[part].times_us()[row], part, row});
    }
    // Rows are kept as they left the rings: of several workers', one after the other.
    const auto is_before = [](const Match& one, const Match& other) { return one.time_us < other.time_us; };
    if (!std::is_sorted(matches_.begin(), matches_.end(), is_before))
      std::stable_sort(matches_.begin(), matches_.end(), is_before);
    if (filter.newest_first) std::reverse(matches_.begin(), matches_.end());
    return !block_ || block_->ok();
  }

  std::size_t number = 0;  // of the part that it is of
  bool at_end() const { return next_ == matches_.size(); }
  void advance() { next_++; }
  std::int64_t time_us() const { return matches_[next_].time_us; }
  QueryRecord record() {
    const Match& match = matches_[next_];
    return block_ ? parts_[match.part].record(match.row) : records_[match.row];
  }
  bool ok() const { return !block_ || block_->ok(); }

 private:
  std::vector<QueryRecord> records_;
  std::unique_ptr<PackedBlock> block_;
  std::deque<HistoryPart> parts_;
  std::vector<Match> matches_;
  std::vector<std::uint32_t> rows_;
  std::size_t next_ = 0;
};

// A block, or columns that are not a block yet; read only when its turn comes.
struct Part {
  std::shared_ptr<const BlockInfo> block;
  std::shared_ptr<const HistoryColumns> columns;
  WallTime first, last;
  std::size_t number = 0;  // blocks in the order of their keys, then what is no block yet
};

std::string block_name(const BlockInfo& block) {
  return fmt::format("the block of history from {} to {} ({} records)", format_time(block.first),
                     format_time(block.last), block.rows);
}

class Search {
 public:
  Search(HistoryWriter& writer, const HistoryFilter& filter) : writer_(writer), filter_(filter) {
    auto seen = writer.snapshot(filter.since, filter.until);
    problems_ = std::move(seen.problems);
    leave_out(seen.blocks);
    for (auto& block : seen.blocks) parts_.push_back({block, nullptr, block->first, block->last, parts_.size()});
    for (auto& columns : seen.pending) {
      const WallTime first = columns->first(), last = columns->last();
      if ((!filter.since || last >= *filter.since) && (!filter.until || first < *filter.until)) {
        parts_.push_back({nullptr, std::move(columns), first, last, parts_.size()});
      }
    }
  }

  // Calls `visit` with the time of each match, in order, and what gives its record, until it returns false.
  template <class Visit>
  void in_order(const Visit& visit) {
    const bool newest_first = filter_.newest_first;
    const auto starts_sooner = [&](const Part& a, const Part& b) {
      return newest_first ? a.last > b.last : a.first < b.first;
    };
    std::stable_sort(parts_.begin(), parts_.end(), starts_sooner);
    // Of one microsecond, in the order of the parts: the same whichever others are looked at beside them.
    const auto later = [&](const auto& a, const auto& b) {
      const auto one = std::pair(a->time_us(), a->number), other = std::pair(b->time_us(), b->number);
      return newest_first ? one < other : one > other;
    };
    std::priority_queue<std::shared_ptr<Run>, std::vector<std::shared_ptr<Run>>, decltype(later)> runs{later};
    auto part = parts_.begin();
    if (!parts_.empty()) reached_ = newest_first ? part->last : part->first;
    while (true) {
      if (filter_.stop.stop_requested()) {
        if (!runs.empty()) reached_ = WallTime{std::chrono::microseconds{runs.top()->time_us()}};
        stopped_ = true;
        return;
      }
      // Parts overlap in time: all that may hold an earlier match than the best one are opened first.
      while (part != parts_.end() && (runs.empty() || (newest_first ? us_of(part->last) >= runs.top()->time_us()
                                                                    : us_of(part->first) <= runs.top()->time_us()))) {
        reached_ = newest_first ? part->last : part->first;
        if (!runs.empty()) reached_ = WallTime{std::chrono::microseconds{runs.top()->time_us()}};
        if (is_stopped()) return;
        if (auto run = open(*part++)) runs.push(std::move(run));
      }
      if (runs.empty()) return;
      auto run = runs.top();
      runs.pop();
      if (!visit(WallTime{std::chrono::microseconds{run->time_us()}}, [&] { return run->record(); })) return;
      run->advance();
      if (!run->at_end()) runs.push(std::move(run));
    }
  }

  // Calls `visit` with a part and its rows that match, or with a record that does.
  template <class VisitRows, class VisitRecord>
  void in_any_order(const VisitRows& visit_rows, const VisitRecord& visit_record) {
    RowMatcher matcher(filter_);
    std::vector<std::uint32_t> rows;
    for (const Part& part : parts_) {
      if (is_stopped()) return;
      auto opened = read(part);
      if (!opened) continue;
      for (const QueryRecord& record : opened->records) {
        if (filter_.matches(record)) visit_record(record);
      }
      if (!opened->block) continue;
      for (std::size_t i = 0; i < opened->block->parts().size(); i++) {
        HistoryPart one(*opened->block, i);
        rows.clear();
        matcher.rows_of(one, rows);
        if (opened->block->ok()) visit_rows(one, rows);
      }
      if (!opened->block->ok()) fail(*part.block, kDoNotFit);
    }
  }

  // What could not be read, if anything: an auditor must know that the answer is not whole.
  std::string damage() const {
    if (problems_.empty()) return "";
    return fmt::format("the result is not whole, {} part{} of the history could not be read: {}", problems_.size(),
                       problems_.size() == 1 ? "" : "s", fmt::join(problems_, "; "));
  }
  Result<void> outcome() const {
    if (stopped_) return Problem{"the search was stopped before its end"};
    if (problems_.empty()) return {};
    return Problem{damage()};
  }
  bool was_stopped() const { return stopped_; }
  // When it was stopped: everything that comes before this, in the order wanted, was shown.
  WallTime reached() const { return reached_; }

 private:
  static constexpr std::string_view kDoNotFit = "it is damaged: its columns do not fit its rows";

  struct Opened {
    std::vector<QueryRecord> records;
    std::optional<PackedBlock> block;
  };

  // Of a few it is as quick to read them.
  static constexpr std::size_t kFewBlocks = 8;

  // By what filters know: names and answers.
  void leave_out(std::vector<std::shared_ptr<const BlockInfo>>& blocks) {
    std::vector<std::uint64_t> wanted;
    // Everything is below the root.
    if (filter_.name && !(filter_.below && filter_.name->is_root()))
      wanted.push_back(filter_.below ? hash_of_below(filter_.name->wire()) : hash_of_name(filter_.name->wire()));
    if (filter_.answer) wanted.push_back(hash_of_answer(*filter_.answer));
    if (wanted.empty() || blocks.size() <= kFewBlocks) return;
    const auto without = blocks_without(writer_.database(), wanted);
    if (!without) {
      spdlog::warn("a search reads all blocks of the history: {}", without.error().what);
      return;
    }
    std::erase_if(blocks, [&](const auto& block) { return without->contains(block->key); });
  }

  static std::int64_t us_of(WallTime time) { return time.time_since_epoch().count(); }

  bool is_stopped() {
    return stopped_ = stopped_ || filter_.stop.stop_requested() ||
                      (filter_.deadline && std::chrono::steady_clock::now() >= *filter_.deadline);
  }

  std::shared_ptr<Run> open(const Part& part) {
    auto opened = read(part);
    if (!opened) return nullptr;
    auto run = opened->block ? std::make_shared<Run>(std::move(*opened->block))
                             : std::make_shared<Run>(std::move(opened->records));
    run->number = part.number;
    if (!run->match(filter_)) return fail(*part.block, kDoNotFit), nullptr;
    return run->at_end() ? nullptr : run;
  }

  void fail(const BlockInfo& block, std::string_view why) {
    problems_.push_back(fmt::format("{}: {}", block_name(block), why));
    spdlog::warn("cannot read {}: {}", block_name(block), why);
  }

  std::optional<Opened> read(const Part& part) {
    Opened opened;
    if (part.columns) {
      opened.records = part.columns->records();
      return opened;
    }
    const BlockInfo& block = *part.block;
    const auto damaged = [&](std::string_view why) {
      fail(block, why);
      return std::nullopt;
    };
    auto found = writer_.bytes_of(block);
    if (!found) return damaged(found.error().what);
    if (!found->damage.empty()) return damaged(found->damage);
    if (!found->bytes) return std::nullopt;
    std::string& value = *found->bytes;
    if (!history_layout::is_packed(value)) {
      auto decoded = decode_block(value);
      if (!decoded) return damaged(decoded.error().what);
      opened.records = std::move(*decoded);
      return opened;
    }
    auto packed = PackedBlock::open(std::move(value));
    if (!packed) return damaged(packed.error().what);
    opened.block.emplace(std::move(*packed));
    return opened;
  }

  HistoryWriter& writer_;
  const HistoryFilter& filter_;
  std::vector<Part> parts_;
  std::vector<std::string> problems_;
  bool stopped_ = false;
  WallTime reached_{};
};

}  // namespace

Result<void> History::search(const HistoryFilter& filter, const std::function<bool(const QueryRecord&)>& found) const {
  Search search{*core_->writer, filter};
  std::size_t shown = 0;
  search.in_order([&](WallTime, const auto& record) { return found(record()) && ++shown != filter.limit; });
  return search.outcome();
}

HistoryPage History::page(const HistoryFilter& wanted, const std::optional<HistoryCursor>& from,
                          const std::function<void(const QueryRecord&)>& found) const {
  HistoryFilter filter = wanted;
  HistoryCursor at;
  std::uint32_t skip = 0;
  if (from) {
    at = *from;
    skip = from->shown;
    const WallTime after = from->time + std::chrono::microseconds(1);
    if (filter.newest_first)
      filter.until = filter.until ? std::min(*filter.until, after) : after;
    else
      filter.since = filter.since ? std::max(*filter.since, from->time) : from->time;
  }
  Search search{*core_->writer, filter};
  HistoryPage page;
  std::size_t shown = 0;
  search.in_order([&](WallTime time, const auto& record) {
    if (skip && time == from->time) return --skip, true;
    if (filter.limit && shown == filter.limit) {
      page.next = at;
      return false;
    }
    at = time == at.time && (shown || from) ? HistoryCursor{time, at.shown + 1} : HistoryCursor{time, 1};
    found(record());
    shown++;
    return true;
  });
  if (search.was_stopped()) {
    page.unfinished = true;
    WallTime reached = search.reached();
    if (from) reached = filter.newest_first ? std::min(reached, from->time) : std::max(reached, from->time);
    page.next = at.time == reached ? at : HistoryCursor{reached, 0};
  }
  page.damage = search.damage();
  return page;
}

Result<HistoryCount> History::count(const HistoryFilter& filter) const {
  Search search{*core_->writer, filter};
  HistoryCount count;
  const auto add = [&](const QueryRecord& record) {
    if (record.kind == QueryRecord::Kind::gap) {
      count.lost += record.gap_count;
    } else {
      ++count.queries;
    }
  };
  search.in_any_order(
      [&](HistoryPart& part, const std::vector<std::uint32_t>& rows) {
        if (!part.has_gaps()) {
          count.queries += rows.size();
          return;
        }
        for (const std::uint32_t row : rows) add(part.record(row));
      },
      add);
  if (auto outcome = search.outcome(); !outcome) return outcome.error();
  return count;
}

Result<HistoryTop> History::top(const HistoryFilter& filter, GroupBy by, std::chrono::seconds width) const {
  auto found = tops(filter, {by}, width);
  if (!found) return found.error();
  return std::move(found->front());
}

Result<std::vector<HistoryTop>> History::tops(const HistoryFilter& filter, const std::vector<GroupBy>& by,
                                              std::chrono::seconds width) const {
  Search search{*core_->writer, filter};
  std::vector<HistoryGroups> all;
  for (const GroupBy one : by) all.emplace_back(one, width);
  search.in_any_order(
      [&](HistoryPart& part, const std::vector<std::uint32_t>& rows) {
        for (HistoryGroups& groups : all) groups.add(part, rows);
      },
      [&](const QueryRecord& record) {
        for (HistoryGroups& groups : all) groups.add(record);
      });
  if (auto outcome = search.outcome(); !outcome) return outcome.error();
  std::vector<HistoryTop> tops;
  for (const HistoryGroups& groups : all)
    tops.push_back({groups.largest(filter.limit), groups.size(), {groups.queries(), groups.lost()}});
  return tops;
}

std::string HistoryCursor::text() const { return fmt::format("{}.{}", time.time_since_epoch().count(), shown); }

Result<HistoryCursor> HistoryCursor::parse(std::string_view text) {
  std::int64_t us = 0;
  HistoryCursor cursor;
  const char* const end = text.data() + text.size();
  const auto [dot, error] = std::from_chars(text.data(), end, us);
  if (error == std::errc() && dot != end && *dot == '.') {
    const auto [last, failed] = std::from_chars(dot + 1, end, cursor.shown);
    cursor.time = WallTime{std::chrono::microseconds{us}};
    if (failed == std::errc() && last == end) return cursor;
  }
  return Problem{fmt::format("\"{}\" is no cursor: take the one that the page before gave", text)};
}

}  // namespace sinkfeed
