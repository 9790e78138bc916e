// Rows as they were drained, as the content of a block's part.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "store/history_columns.hpp"
#include "store/history_layout.hpp"

namespace sinkfeed {

class BlockContent {
 public:
  // `columns` must outlive it, and have rows.
  explicit BlockContent(const HistoryColumns& columns);
  history_layout::Content take();
  // After take(): what can be searched for, store/name_filter.hpp.
  std::vector<std::uint64_t> hashes() { return std::move(hashes_); }
  // Of its rows, for the chain (history_fingerprints.hpp). `content`: what take() gave.
  std::string fingerprints(const history_layout::Content& content);

 private:
  // Places of addresses in a list of their own, in the order in which they are first used.
  class Places {
   public:
    explicit Places(std::size_t addresses) : place_of_(addresses, kNone) {}
    std::uint32_t of(std::uint32_t address) {
      if (place_of_[address] == kNone) {
        place_of_[address] = static_cast<std::uint32_t>(used_.size());
        used_.push_back(address);
      }
      return place_of_[address];
    }
    const std::vector<std::uint32_t>& used() const { return used_; }

   private:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};
    std::vector<std::uint32_t> place_of_, used_;
  };

  void write_subjects();
  void write_rows();
  void write_addresses();

  const HistoryColumns& from_;
  Places clients_, upstreams_;
  std::vector<std::uint64_t> hashes_;
  history_layout::Content to_;
};

}  // namespace sinkfeed
