// Looks at what clients were told, as the history's writer drains it from the rings, and tells the ledger which
// ordinary names resolve to which addresses: so the DNS path pays nothing for it, and answers from the cache count too.
//
// A name and its addresses are told again only after a while. Of addresses that the ledger may hold every query counts,
// with its client: by that it is known how many need them.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "store/history_columns.hpp"
#include "store/observation.hpp"

namespace sinkfeed {

// One thread at a time.
class AnswerWatch {
 public:
  using MayHold = std::function<bool(const IpAddress&)>;
  explicit AnswerWatch(MayHold may_hold) : may_hold_(std::move(may_hold)), told_(kTold) {}

  // The rows from `from_row` on are new. `columns` may be others than the last time, or the same emptied.
  void look(const HistoryColumns& columns, std::size_t from_row, SteadyTime now);
  // What was seen since the last call.
  std::vector<NameObservation> take() { return std::exchange(seen_, {}); }

 private:
  enum class Kind : std::uint8_t { unknown, ignored, told, counted };
  static constexpr std::size_t kTold = 1 << 16;
  static constexpr std::size_t kMaxSeen = 50000;  // between two calls of take()
  static constexpr auto kTellAgain = std::chrono::minutes(10);

  Kind first_look(const HistoryColumns& columns, std::size_t row, SteadyTime now);
  // `queries` like the row's, which stands for all of them.
  void tell(const HistoryColumns& columns, std::size_t row, std::uint64_t queries);

  const MayHold may_hold_;
  std::vector<NameObservation> seen_;
  // Of the columns looked at last: by subject, what is done with it.
  const HistoryColumns* columns_ = nullptr;
  std::vector<Kind> kinds_;
  // Hashes of names with their answers that were told not long ago; two that share a place are told more often.
  std::vector<std::uint64_t> told_;
  SteadyTime forget_told_at_{};
};

}  // namespace sinkfeed
