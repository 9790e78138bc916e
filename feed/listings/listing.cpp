#include "feed/listings/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sinkfeed {

namespace {

// From the one that is told most surely to the one that is told least surely.
constexpr std::array kFormats{&kNftJson, &kNft, &kIpset, &kPanos, &kFortios, &kRouteros, &kAsa, &kPlain};

}  // namespace

std::span<const ListingFormat* const> listing_formats() { return kFormats; }

ListedSet& Listing::set(std::string_view name) {
  if (const auto place = places_.find(name); place != places_.end()) return sets[place->second];
  places_.emplace(name, sets.size());
  return sets.emplace_back(ListedSet{std::string(name), std::nullopt, {}});
}

void add_range(Listing& listing, ListedSet& set, const Line& line, std::string_view item) {
  if (const auto range = read_range(item))
    set.ranges.push_back(*range);
  else
    listing.complaints.add(line, "is no address, network or range");
}

Result<Listing> read_listing(std::string_view text, std::string_view format) {
  const auto lines = lines_of(text);
  const auto found = std::find_if(kFormats.begin(), kFormats.end(), [&](const ListingFormat* one) {
    return format.empty() ? one->is_it(lines) : one->name == format;
  });
  if (found == kFormats.end()) {
    std::string names, commands;
    for (const ListingFormat* one : kFormats) {
      names += fmt::format("{}{}", names.empty() ? "" : ", ", one->name);
      commands += fmt::format("{}{}", commands.empty() ? "" : "; ", one->what);
    }
    if (!format.empty()) return Problem{fmt::format("no listing has the format \"{}\"; there are {}", format, names)};
    return Problem{fmt::format("nothing that a firewall prints of its addresses; what can be read is: {}", commands)};
  }
  Listing listing;
  listing.format = (*found)->name;
  (*found)->read(text, lines, listing);
  if (listing.sets.empty())
    return Problem{fmt::format("no set of addresses in it, read as {} ({})", (*found)->name, (*found)->what)};
  return listing;
}

}  // namespace sinkfeed
