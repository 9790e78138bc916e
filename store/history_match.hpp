// Which rows of a part of a block a filter matches: over its dictionaries first, which are short, then over the rows,
// of which only the columns are unpacked that the filter needs.
#pragma once

#include <cstdint>
#include <vector>

#include "store/history.hpp"
#include "store/history_part.hpp"

namespace sinkfeed {

class RowMatcher {
 public:
  // `filter` must outlive it.
  explicit RowMatcher(const HistoryFilter& filter);

  // Appends nothing if no row can match. Ascending. A gap matches whenever its time does, as HistoryFilter has it.
  void rows_of(HistoryPart& part, std::vector<std::uint32_t>& rows);

 private:
  // Of each entry of the part's dictionary whether it matches. False if none does.
  bool match_clients(HistoryPart& part);
  bool match_subjects(HistoryPart& part);
  bool name_matches(std::string_view wire) const;
  bool answers_match(std::string_view packed) const;
  bool looks_at_subjects() const;

  const HistoryFilter& filter_;
  enum class Listed : std::uint8_t { unknown, no, yes };
  std::vector<std::uint8_t> clients_, subjects_;
  std::vector<Listed> listed_;  // of the entries of a list
};

}  // namespace sinkfeed
