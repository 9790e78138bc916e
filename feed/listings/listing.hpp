// What a firewall says that it blocks, as its own commands print it: text in, sets of addresses out.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.hpp"
#include "feed/imports/text_file.hpp"
#include "feed/listings/address_ranges.hpp"

namespace sinkfeed {

// One set, table, list or group of the firewall's.
struct ListedSet {
  std::string name;                  // as printed; empty if the listing has no names
  std::optional<int> family;         // 4 or 6, if it can hold only those
  std::vector<AddressRange> ranges;  // as printed
};

struct Listing {
  std::string_view format;
  std::vector<ListedSet> sets;  // those of addresses alone
  Complaints complaints;        // lines that look like an entry, and cannot be read or are not in force

  // The set of that name, made if there is none; valid until the next is made.
  ListedSet& set(std::string_view name);

 private:
  std::map<std::string, std::size_t, std::less<>> places_;  // in `sets`
};

struct ListingFormat {
  std::string_view name;  // what --format takes
  std::string_view what;  // the commands whose output it is
  // Whether the text is of this format, and of none that stands before it in the list.
  bool (*is_it)(const std::vector<Line>& lines);
  void (*read)(std::string_view text, const std::vector<Line>& lines, Listing& listing);
};

extern const ListingFormat kNftJson, kNft, kIpset, kPanos, kFortios, kRouteros, kAsa, kPlain;
std::span<const ListingFormat* const> listing_formats();

// `text` is UTF-8. `format`: the name of one, or empty: it is recognized. A Problem: there is no such format, the text
// is of none, or of one but without a set of addresses.
Result<Listing> read_listing(std::string_view text, std::string_view format = {});

// Adds the range to the set, or complains of the line.
void add_range(Listing& listing, ListedSet& set, const Line& line, std::string_view item);

}  // namespace sinkfeed
