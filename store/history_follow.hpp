// Reads the history on as it grows, in the order in which records came out of the rings: for those who pass it on.
//
// Records are numbered in that order, without a gap, from 1 on; a record keeps its number when its block is written and
// when blocks are merged. One that is in no block yet may get another after a crash (several rings are then drained in
// another order): what has to outlast one is a position up to History's settled one.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "config/result.hpp"
#include "store/history.hpp"

namespace sinkfeed {

struct BlockInfo;

// Before which record somebody stands: its number. 0 is before all.
struct HistoryPosition {
  std::uint64_t record = 0;
  friend auto operator<=>(const HistoryPosition&, const HistoryPosition&) = default;
};

class HistoryFollower {
 public:
  // The history must outlive it. One thread at a time; it holds the block that it reads just now in memory.
  HistoryFollower(const History& history, HistoryPosition from) : history_(&history), position_(from) {}

  // After the last record that there is; and after the last that is in a block. Any thread.
  static HistoryPosition end(const History& history);
  static HistoryPosition settled(const History& history);

  HistoryPosition position() const { return position_; }
  void go_to(HistoryPosition position) { position_ = position; }

  // Calls `found` with the next records, `most` at the most; with none if there are none yet. Records that are gone
  // (retention took them, or their block is damaged) are counted in `missed`, and told of by take_missed before what
  // comes after them. A Problem: the store cannot be read just now; the position is after what was found.
  Result<void> read(std::size_t most, const std::function<void(const QueryRecord&)>& found);
  // How many were gone since the last call. read() finds nothing more before it has been called.
  std::uint64_t take_missed() { return std::exchange(missed_, 0); }

 private:
  Result<void> read_block(const BlockInfo& block);

  const History* history_;
  HistoryPosition position_;
  std::uint64_t missed_ = 0;
  // The block that is being read.
  std::uint64_t first_record_ = 0;
  std::vector<QueryRecord> records_;
};

}  // namespace sinkfeed
