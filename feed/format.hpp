// A feed format: what one kind of firewall reads. One short file in feed/formats/ each, which the build finds by
// itself: formats/NAME.cpp defines NAME_format(), and nothing else need be touched but its test.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "feed/feed_content.hpp"

namespace sinkfeed {

// What is known of a format and of the products that read it.
struct FormatFacts {
  std::string_view extension;   // the FORMAT of /feed/NAME.FORMAT; may hold a dot
  std::string_view media_type;  // as Content-Type says it
  std::string_view products;    // who reads it
  std::string_view subscribe;   // what their administrator does with the URL: one sentence in the products' own words
  std::optional<int> family = std::nullopt;  // the only one that they read; none: both in one list
  bool reads_prefixes = true;                // else hosts alone
  bool reads_ranges = false;                 // "192.0.2.1-192.0.2.9" too
  bool says_ports = false;         // names the ports itself; else they stand in the firewall's rule, if anywhere
  bool blocks_every_port = false;  // whatever is in it is cut off whole: what others need too is never in it
  bool tells_evidence = false;     // what is known of an address too, which changes without a generation
  bool empties_safely = false;     // an empty edition is a complete one, and not taken for "any" or for an error
  std::size_t most = 0;            // entries that the smallest of the products takes; 0: no limit is known
};

// Stateless; any thread.
class FeedFormat {
 public:
  virtual ~FeedFormat() = default;
  virtual const FormatFacts& facts() const = 0;
  // The same content gives the same bytes, always. Formats that are executed hold numbers and fixed words only, beside
  // the feed's own name: other names are chosen by whoever runs a domain.
  virtual std::string render(const FeedContent& content) const = 0;
};

// All formats, by extension.
std::span<const FeedFormat* const> feed_formats();
const FeedFormat* find_format(std::string_view extension);  // null if there is none

}  // namespace sinkfeed
