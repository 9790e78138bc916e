// An entry a line, as pfctl -t X -T show prints a table, and as lists are: # and ; begin comments, and what stands
// behind an entry is no matter. With -v pfctl has counters under each.
#include <array>

#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

// What the line says, without comment; empty: nothing, or pfctl's counters.
std::string_view item_of(std::string_view line) {
  constexpr std::array<std::string_view, 5> kCounters{"Cleared:", "In/Block:", "In/Pass:", "Out/Block:", "Out/Pass:"};
  const auto words = words_of(line.substr(0, line.find_first_of("#;")));
  if (words.empty() || words[0].starts_with("//")) return {};
  for (const std::string_view counter : kCounters) {
    if (words[0] == counter) return {};
  }
  return words[0];
}

bool is_it(const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    std::string_view item = item_of(line.text);
    if (item.empty()) continue;
    if (item.starts_with('!')) item.remove_prefix(1);
    return read_range(item).has_value();
  }
  return false;
}

void read(std::string_view, const std::vector<Line>& lines, Listing& listing) {
  ListedSet& set = listing.set("");
  for (const Line& line : lines) {
    const std::string_view item = item_of(line.text);
    if (item.starts_with('!'))
      listing.complaints.add(line, "is an exception, which no feed has");
    else if (!item.empty())
      add_range(listing, set, line, item);
  }
}

}  // namespace

const ListingFormat kPlain{"plain", "pfctl -t X -T show; a list of an address, network or range a line", is_it, read};

}  // namespace sinkfeed
