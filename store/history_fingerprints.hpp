// By which it can be told which query of a block was changed: the block's link in the chain has six numbers for each
// thousand of its rows. The digest (history_block.hpp) says that a block is another; these say where.
//
// With h(i) what row i of the group is hashed to (i from 1, all modulo 2^32): the sums of h(i), i h(i) and i² h(i). If
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

struct RowSums {
  std::uint32_t once = 0, times_row = 0, times_square = 0;
  // `row`: from 1.
  void add(std::uint32_t row, std::uint32_t hash) {
    once += hash;
    times_row += row * hash;
    times_square += row * row * hash;
  }
  RowSums operator-(const RowSums& other) const {
    return {once - other.once, times_row - other.times_row, times_square - other.times_square};
  }
  bool operator==(const RowSums&) const = default;
};

// Takes the sums of rows that come one after the other.
class Fingerprints {
 public:
  // row_fingerprint() and client_fingerprint() of the next row; a gap's client is 0.
  void add(std::uint64_t row, std::uint64_t client);
  // Of each group the sums of its rows, then of their clients, big-endian. Nothing is added afterwards.
  std::string take();

 private:
  void end_group();

  std::uint32_t rows_ = 0;  // of the group that has begun
  RowSums of_rows_, of_clients_;
  std::string bytes_;
};
// Of all rows of a part.
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
