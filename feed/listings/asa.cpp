// Cisco ASA, show object-group: "object-group network sf", then "network-object host 192.0.2.1", "network-object
// 192.0.2.0 255.255.255.0", "network-object 2001:db8::/32".
#include <algorithm>

#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

bool is_it(const std::vector<Line>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const Line& line) {
    const auto words = words_of(line.text);
    return words.size() >= 3 && words[0] == "object-group" && words[1] == "network";
  });
}

void read(std::string_view, const std::vector<Line>& lines, Listing& listing) {
  std::string_view group;
  for (const Line& line : lines) {
    const auto words = words_of(line.text);
    if (words.size() >= 3 && words[0] == "object-group") {
      group = words[1] == "network" ? words[2] : std::string_view();
      if (!group.empty()) listing.set(group);
    } else if (!group.empty() && words.size() >= 2 && words[0] == "network-object") {
      ListedSet& set = listing.set(group);
      if (words[1] == "object")
        listing.complaints.add(line, "is an object of its own, which is not shown here");
      else if (words[1] == "host" && words.size() >= 3)
        add_range(listing, set, line, words[2]);
      else if (words.size() >= 3 && IpAddress::parse(words[2]))
        add_range(listing, set, line, std::string(words[1]) + "/" + std::string(words[2]));
      else
        add_range(listing, set, line, words[1]);
    } else if (!group.empty() && !words.empty() && words[0] == "group-object") {
      listing.complaints.add(line, "is a group of its own: compare that too");
    }
  }
}

}  // namespace

const ListingFormat kAsa{"asa", "Cisco ASA show object-group id X", is_it, read};

}  // namespace sinkfeed
