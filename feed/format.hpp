// A feed format: what one kind of firewall reads. One short file a format; adding one touches that file, the list in
// formats.cpp, and its test.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/profile.hpp"
#include "store/generation.hpp"
#include "store/ledger.hpp"

namespace sinkfeed {

// What the ledger knows of a profile's addresses, from `first` on, ascending; at most `limit` of them.
using Entries =
    std::function<std::vector<LedgerEntry>(const std::string& profile, const IpAddress& first, std::size_t limit)>;
// Of the ledger, which must outlive it.
Entries entries_of(const Ledger& ledger);

// What is rendered: one profile of one generation, both families or one.
struct FeedContent {
  const Profile& profile;
  const Generation& generation;
  std::optional<int> family;  // 4 or 6; none: both
  const Entries& entries;     // for formats that tell more of an address than the address

  // The profile's published addresses of the wanted families, IPv4 first, ascending.
  std::vector<IpAddress> addresses() const;
};

// Stateless; any thread.
class FeedFormat {
 public:
  virtual ~FeedFormat() = default;
  virtual std::string_view extension() const = 0;  // the FORMAT of /feed/NAME.FORMAT
  virtual std::string_view media_type() const = 0;
  virtual std::string_view read_by() const = 0;  // for people: which products read it
  // The same content gives the same bytes, always. Formats that are executed hold numbers and fixed words only: names
  // are chosen by whoever runs a domain.
  virtual std::string render(const FeedContent& content) const = 0;
};

const FeedFormat& text_format();
const FeedFormat& json_format();
const FeedFormat& nft_format();

// All formats, in the order in which they are shown.
std::span<const FeedFormat* const> feed_formats();
const FeedFormat* find_format(std::string_view extension);  // null if there is none

}  // namespace sinkfeed
