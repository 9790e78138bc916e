// ipset save ("create sf4 hash:net family inet ..." and "add sf4 192.0.2.1 timeout 60"), and ipset list ("Name: sf4",
// "Type: hash:net", ... "Members:", then an entry a line).
#include <algorithm>
#include <set>

#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

bool is_it(const std::vector<Line>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const Line& line) {
    const auto words = words_of(line.text);
    return (words.size() >= 3 && (words[0] == "create" || words[0] == "-N") &&
            (words[2].starts_with("hash:") || words[2].starts_with("bitmap:"))) ||
           (words.size() >= 3 && words[0] == "add" && read_range(words[2].substr(0, words[2].find(',')))) ||
           (words.size() == 1 && words[0] == "Members:");
  });
}

// Sets whose entries begin with an address.
bool is_of_addresses(std::string_view type) {
  return type.starts_with("hash:ip") || type.starts_with("hash:net") || type.starts_with("bitmap:ip");
}

std::optional<int> family_of(const std::vector<std::string_view>& words) {
  for (std::size_t i = 0; i + 1 < words.size(); i++) {
    if (words[i] == "family") return words[i + 1] == "inet6" ? 6 : 4;
  }
  return std::nullopt;
}

// "192.0.2.1", "192.0.2.1,tcp:5222", with options behind; `first`: the word that it begins with.
void add_member(Listing& listing, ListedSet& set, const Line& line, const std::vector<std::string_view>& words,
                std::size_t first) {
  if (std::find(words.begin(), words.end(), "nomatch") != words.end())
    listing.complaints.add(line, "is an exception (nomatch), which no feed has");
  else
    add_range(listing, set, line, words[first].substr(0, words[first].find(',')));
}

class Reader {
 public:
  explicit Reader(Listing& listing) : listing_(listing) {}

  void take(const Line& line) {
    const auto words = words_of(line.text);
    if (words.empty()) {
      is_in_members_ = false;
    } else if (words[0] == "create" && words.size() >= 3) {
      begin(words[1], words[2], family_of(words));
    } else if (words[0] == "add" && words.size() >= 3) {
      if (!skipped_.contains(words[1])) add_member(listing_, listing_.set(words[1]), line, words, 2);
    } else if (words[0] == "Name:" && words.size() == 2) {
      is_in_members_ = false;
      name_ = words[1];
    } else if (words[0] == "Type:" && words.size() == 2) {
      type_ = words[1];
    } else if (words[0] == "Header:") {
      begin(name_, type_, family_of(words));
    } else if (words[0] == "Members:") {
      is_in_members_ = is_of_addresses(type_);
      if (is_in_members_) listing_.set(name_);
    } else if (is_in_members_) {
      add_member(listing_, listing_.set(name_), line, words, 0);
    }
  }

 private:
  void begin(std::string_view name, std::string_view type, std::optional<int> family) {
    if (is_of_addresses(type))
      listing_.set(name).family = family;
    else
      skipped_.insert(name);
  }

  Listing& listing_;
  std::set<std::string_view> skipped_;  // of something else
  std::string_view name_, type_;
  bool is_in_members_ = false;
};

void read(std::string_view, const std::vector<Line>& lines, Listing& listing) {
  Reader reader(listing);
  for (const Line& line : lines) reader.take(line);
}

}  // namespace

const ListingFormat kIpset{"ipset", "ipset save, ipset list", is_it, read};

}  // namespace sinkfeed
