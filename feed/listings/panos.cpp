// PAN-OS, request system external-list show type ip name X: what the list is and how many entries it has ("Total valid
// entries : 2"), then "Valid ips:" and an entry a line. It shows a hundred if it is not told num-records.
#include <algorithm>

#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kTotal = "total valid entries", kEntries = "valid ips:";

std::string_view before_colon(std::string_view line) { return trimmed(line.substr(0, line.find(':'))); }

bool is_it(const std::vector<Line>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const Line& line) {
    return is_same_word(before_colon(line.text), kTotal) || is_same_word(trimmed(line.text), kEntries);
  });
}

void read(std::string_view, const std::vector<Line>& lines, Listing& listing) {
  ListedSet& set = listing.set("");
  const Line* total_line = nullptr;
  std::size_t total = 0;
  bool is_in_entries = false;
  for (const Line& line : lines) {
    const std::string_view text = trimmed(line.text);
    if (text.empty()) continue;
    if (is_same_word(before_colon(text), kTotal)) {
      const auto number = number_of(trimmed(text.substr(std::min(text.find(':') + 1, text.size()))));
      if (number) total_line = &line, total = *number;
    }
    if (is_same_word(text, kEntries)) {
      is_in_entries = true;
    } else if (is_in_entries) {
      const auto range = read_range(words_of(text)[0]);
      if (range) set.ranges.push_back(*range);
      // The prompt, or another part, ends them.
      is_in_entries = range.has_value();
    }
  }
  if (total_line && total > set.ranges.size())
    listing.complaints.add(*total_line, "says that there are more entries than it lists: add num-records " +
                                            std::to_string(total) + " to the command");
}

}  // namespace

const ListingFormat kPanos{"panos", "PAN-OS request system external-list show type ip name X", is_it, read};

}  // namespace sinkfeed
