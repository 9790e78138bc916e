// Searches the history: blocks and what is not in a block yet, merged in order of time.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <queue>
#include <utility>

#include "store/history.hpp"
#include "store/history_block.hpp"
#include "store/history_core.hpp"

namespace sinkfeed {
namespace {

// The matches of one block or of pending columns, in the order wanted.
struct Run {
  std::vector<QueryRecord> records;
  std::vector<const QueryRecord*> matches;
  std::size_t next = 0;
  const QueryRecord& front() const { return *matches[next]; }
};

// A block, or columns that are not a block yet; read only when its turn comes.
struct Part {
  std::shared_ptr<const BlockInfo> block;
  std::shared_ptr<const HistoryColumns> columns;
  WallTime first, last;
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
    for (auto& block : seen.blocks) parts_.push_back({block, nullptr, block->first, block->last});
    for (auto& columns : seen.pending) {
      const WallTime first = columns->first(), last = columns->last();
      if ((!filter.since || last >= *filter.since) && (!filter.until || first < *filter.until)) {
        parts_.push_back({nullptr, std::move(columns), first, last});
      }
    }
  }

  // Calls `visit` with each match, in order of time, until it returns false.
  template <class Visit>
  void in_order(const Visit& visit) {
    const bool newest_first = filter_.newest_first;
    const auto starts_sooner = [&](const Part& a, const Part& b) {
      return newest_first ? a.last > b.last : a.first < b.first;
    };
    std::stable_sort(parts_.begin(), parts_.end(), starts_sooner);
    const auto later = [&](const auto& a, const auto& b) {
      return newest_first ? a->front().time < b->front().time : a->front().time > b->front().time;
    };
    std::priority_queue<std::shared_ptr<Run>, std::vector<std::shared_ptr<Run>>, decltype(later)> runs{later};
    auto part = parts_.begin();
    while (!is_stopped()) {
      // Parts overlap in time: all that may hold an earlier match than the best one are opened first.
      while (part != parts_.end() && (runs.empty() || (newest_first ? part->last >= runs.top()->front().time
                                                                    : part->first <= runs.top()->front().time))) {
        if (is_stopped()) return;
        if (auto run = open(*part++)) runs.push(std::move(run));
      }
      if (runs.empty()) return;
      auto run = runs.top();
      runs.pop();
      if (!visit(run->front())) return;
      if (++run->next < run->matches.size()) runs.push(std::move(run));
    }
  }

  template <class Visit>
  void in_any_order(const Visit& visit) {
    for (const Part& part : parts_) {
      if (is_stopped()) return;
      const auto run = open(part);
      if (!run) continue;
      for (const QueryRecord* const record : run->matches) visit(*record);
    }
  }

  // What could not be read, if anything: an auditor must know that the answer is not whole.
  Result<void> outcome() const {
    if (stopped_) return Problem{"the search was stopped before its end"};
    if (problems_.empty()) return {};
    return Problem{fmt::format("the result is not whole, {} part{} of the history could not be read: {}",
                               problems_.size(), problems_.size() == 1 ? "" : "s", fmt::join(problems_, "; "))};
  }

 private:
  bool is_stopped() { return stopped_ = stopped_ || filter_.stop.stop_requested(); }

  std::shared_ptr<Run> open(const Part& part) {
    auto run = std::make_shared<Run>();
    if (part.columns) run->records = part.columns->records();
    if (part.block && !read(*part.block, run->records)) return nullptr;
    for (const QueryRecord& record : run->records) {
      if (filter_.matches(record)) run->matches.push_back(&record);
    }
    if (run->matches.empty()) return nullptr;
    // Rows are kept as they left the rings: of several workers', one after the other.
    std::stable_sort(run->matches.begin(), run->matches.end(),
                     [](const auto* a, const auto* b) { return a->time < b->time; });
    if (filter_.newest_first) std::reverse(run->matches.begin(), run->matches.end());
    return run;
  }

  bool read(const BlockInfo& block, std::vector<QueryRecord>& records) {
    const auto fail = [&](std::string_view why) {
      problems_.push_back(fmt::format("{}: {}", block_name(block), why));
      spdlog::warn("cannot read {}: {}", block_name(block), why);
      return false;
    };
    const auto value = writer_.database().get(Column::history, block.key);
    if (!value) return fail(value.error().what);
    if (!*value) return writer_.has_block(block.key) ? fail("it is not in the store") : false;  // or retention took it
    if (sha256_of(**value) != block.sha256) return fail("it is damaged or was altered: its SHA-256 is another");
    auto decoded = decode_block(**value);
    if (!decoded) return fail(decoded.error().what);
    records = std::move(*decoded);
    return true;
  }

  HistoryWriter& writer_;
  const HistoryFilter& filter_;
  std::vector<Part> parts_;
  std::vector<std::string> problems_;
  bool stopped_ = false;
};

}  // namespace

Result<void> History::search(const HistoryFilter& filter, const std::function<bool(const QueryRecord&)>& found) const {
  Search search{*core_->writer, filter};
  std::size_t shown = 0;
  search.in_order([&](const QueryRecord& record) { return found(record) && ++shown != filter.limit; });
  return search.outcome();
}

Result<HistoryCount> History::count(const HistoryFilter& filter) const {
  Search search{*core_->writer, filter};
  HistoryCount count;
  search.in_any_order([&](const QueryRecord& record) {
    if (record.kind == QueryRecord::Kind::gap) {
      count.lost += record.gap_count;
    } else {
      ++count.queries;
    }
  });
  if (auto outcome = search.outcome(); !outcome) return outcome.error();
  return count;
}

}  // namespace sinkfeed
