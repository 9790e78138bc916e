// How the columns of a block's rows are told: by what differs from what could be expected.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "store/history_marks.hpp"

namespace sinkfeed::history_layout {

// Places in a list whose entries stand in the order in which they are first used: 0 for the next one that was not used
// yet, else the place + 1.
class NewOrOld {
 public:
  explicit NewOrOld(std::uint32_t used = 0) : next_(used) {}
  template <class Number>
  Number told(std::uint32_t place) {
    if (place != next_) return static_cast<Number>(place + 1);
    next_++;
    return 0;
  }
  // Perhaps a place that there is not.
  std::uint32_t place(std::uint32_t told) { return told ? told - 1 : next_++; }
  bool is_new(std::uint32_t place) const { return place == next_; }

 private:
  std::uint32_t next_;
};

// A row's client: 0 for the one of the row before, else its place + 1.
class SameOrOther {
 public:
  std::uint32_t told(std::uint32_t place) {
    const std::uint32_t told = place + 1 == before_ ? 0 : place + 1;
    before_ = place + 1;
    return told;
  }
  // Nothing before the first row is 0.
  std::uint32_t place(std::uint32_t told) {
    if (told) before_ = told;
    return before_ ? before_ - 1 : 0;
  }

 private:
  std::uint32_t before_ = 0;  // place + 1
};

// Flags: those of the client's row before are expected. XOR tells them, and reads them back.
class FlagsOfClients {
 public:
  explicit FlagsOfClients(std::size_t clients) : last_(clients) {}
  std::uint16_t told(std::uint32_t client, std::uint16_t flags) { return flags ^ std::exchange(last_[client], flags); }
  std::uint16_t flags(std::uint32_t client, std::uint16_t told) { return last_[client] ^= told; }

 private:
  std::vector<std::uint16_t> last_;
};

// Marks: what is new comes from an upstream, what is old from the cache.
class MarksOfSubjects {
 public:
  std::uint8_t told(bool is_new, std::uint8_t mark) { return mark ^ std::exchange(last_[is_new], mark); }
  std::uint8_t mark(bool is_new, std::uint8_t told) { return last_[is_new] ^= told; }

 private:
  std::array<std::uint8_t, 2> last_{};
};

inline bool asked_upstream(std::uint8_t mark) { return (mark >> history_marks::kOrigin & 3U) == 1; }

}  // namespace sinkfeed::history_layout
