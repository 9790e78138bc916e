// FortiOS, diagnose firewall dynamic list ("X: ID(44)", "ADDR(192.0.2.1)", "RANGE(192.0.2.4-192.0.2.9)"), and diagnose
// sys external-address-resource list X, where entries stand alone in their lines.
#include <algorithm>

#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

// "192.0.2.1" of "ADDR(192.0.2.1)", of RANGE, SUBNET and their like; empty if it is none.
std::string_view argument_of(std::string_view line) {
  const std::string_view text = trimmed(line);
  const std::size_t open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return {};
  const std::string_view word = text.substr(0, open);
  const bool is_entry =
      word == "ADDR" || word == "ADDR6" || word == "RANGE" || word == "RANGE6" || word == "SUBNET" || word == "SUBNET6";
  return is_entry ? text.substr(open + 1, text.size() - open - 2) : std::string_view();
}

bool is_it(const std::vector<Line>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const Line& line) {
    return !argument_of(line.text).empty() || line.text.find("external-address-resource") != std::string_view::npos;
  });
}

void read(std::string_view, const std::vector<Line>& lines, Listing& listing) {
  std::string_view name;
  for (const Line& line : lines) {
    const std::string_view text = trimmed(line.text);
    if (const std::size_t id = text.find(": ID("); id != std::string_view::npos) {
      name = text.substr(0, id);
      listing.set(name);
    } else if (const auto item = argument_of(text); !item.empty()) {
      add_range(listing, listing.set(name), line, item);
    } else if (const auto range = read_range(text.substr(0, text.find_last_not_of(',') + 1))) {
      listing.set(name).ranges.push_back(*range);
    }
  }
}

}  // namespace

const ListingFormat kFortios{
    "fortios", "FortiOS diagnose firewall dynamic list, diagnose sys external-address-resource list X", is_it, read};

}  // namespace sinkfeed
