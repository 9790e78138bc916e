// MikroTik RouterOS, /ip/firewall/address-list print, as a table, terse or detail ("0 D list=sf address=192.0.2.1"),
// and export ("add address=192.0.2.1 list=sf"). A line of a table is a number, perhaps flags, the list and the address.
#include <algorithm>

#include "feed/listings/listing.hpp"

namespace sinkfeed {

namespace {

using Words = std::vector<std::string_view>;

bool is_header(const Words& words) {
  return std::find(words.begin(), words.end(), "LIST") != words.end() &&
         std::find(words.begin(), words.end(), "ADDRESS") != words.end();
}

bool has_values(const Words& words) {
  return std::any_of(words.begin(), words.end(), [](std::string_view word) { return word.starts_with("list="); });
}

bool is_it(const std::vector<Line>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const Line& line) {
    const auto words = words_of(line.text);
    return is_header(words) || (has_values(words) && (words[0] == "add" || number_of(words[0])));
  });
}

std::string_view unquoted(std::string_view text) {
  while (text.starts_with('"')) text.remove_prefix(1);
  while (text.ends_with('"')) text.remove_suffix(1);
  return text;
}

bool is_flags(std::string_view word) { return word.find_first_not_of("XDI") == std::string_view::npos; }

// "0 X 192.0.2.1": a list may be named as a flag is.
bool is_list_of_row(const Words& words) { return words.size() > 2 && read_range(words[2]); }

// Name and address of one entry, which detail prints over several lines.
class Reader {
 public:
  explicit Reader(Listing& listing) : listing_(listing) {}

  void take(const Line& line) {
    const Words words = words_of(line.text);
    if (words.empty() || is_header(words) || words[0] == "Flags:" || words[0] == "Columns:" || words[0][0] == '/' ||
        words[0][0] == '#' || words[0][0] == '[')
      return;
    const bool begins = words[0] == "add" || number_of(words[0]);
    if (begins) is_disabled_ = false, list_ = address_ = {};
    for (std::size_t i = begins ? 1 : 0; i < words.size() && words[i] != ";;;"; i++) {
      if (begins && i == 1 && is_flags(words[i]) && !is_list_of_row(words))
        is_disabled_ = words[i].find('X') != std::string_view::npos;
      if (words[i] == "disabled=yes") is_disabled_ = true;
      if (words[i].starts_with("list=")) list_ = unquoted(words[i].substr(5));
      if (words[i].starts_with("address=")) address_ = unquoted(words[i].substr(8));
    }
    if (list_.empty()) take_row(words, begins);
    if (list_.empty() || address_.empty()) return;
    if (is_disabled_)
      listing_.complaints.add(line, "is disabled");
    else
      add_range(listing_, listing_.set(list_), line, address_);
    list_ = address_ = {};
  }

 private:
  // The list stands before the first thing that is an address; behind ;;; is a comment, and the entry in the next line.
  void take_row(const Words& words, bool begins) {
    if (std::find(words.begin(), words.end(), ";;;") != words.end()) return;
    for (std::size_t i = begins ? 2 : 1; i < words.size(); i++) {
      if (!read_range(words[i])) continue;
      list_ = words[i - 1];
      address_ = words[i];
      return;
    }
  }

  Listing& listing_;
  std::string_view list_, address_;
  bool is_disabled_ = false;
};

void read(std::string_view, const std::vector<Line>& lines, Listing& listing) {
  Reader reader(listing);
  for (const Line& line : lines) reader.take(line);
}

}  // namespace

const ListingFormat kRouteros{"routeros", "RouterOS /ip/firewall/address-list print terse", is_it, read};

}  // namespace sinkfeed
