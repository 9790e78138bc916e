// By which it can be told which query of a block was changed: the block's link in the chain has six numbers for each
// thousand of its rows. The digest (history_block.hpp) says that a block is another; these say where.
//
// With h(i) what row i of the group is hashed to (i from 1, all modulo 2^64): the sums of h(i), i h(i) and i² h(i). If
// one row alone is another, they differ by d, i d and i² d; if two have changed places, by what the two are hashed to.
// Clients have sums of their own: who makes a block anew cannot but give all of them other salts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/history_part.hpp"

namespace sinkfeed {

inline constexpr std::size_t kFingerprintRows = 1024;

// Of all rows of a part: of each group the sums of its rows, then of their clients, big-endian.
std::string fingerprints_of(HistoryPart& part);

// As the link's text, and back; nothing if it has none.
std::string fingerprints_text(std::string_view fingerprints);
std::optional<std::string> fingerprints_in(std::string_view text);

// What is another than it was. Rows from 0.
struct ChangedRows {
  std::size_t first = 0, last = 0;  // one of these, or more
  bool is_exact = false;            // it is the first; and the last one too if both are the same
  bool changed_places = false;      // first and last have
};
// Nothing if no group's sums are others. `kept`: of the link; a part that has more or fewer rows than it had differs at
// the end at the latest.
std::optional<ChangedRows> changed_rows(HistoryPart& part, std::string_view kept);

}  // namespace sinkfeed
