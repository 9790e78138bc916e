// What a format renders: one feed of one generation, as lists of networks in the families and the form that the format
// reads.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "feed/network_list.hpp"
#include "store/ledger_entry.hpp"

namespace sinkfeed {

class Ledger;

// What the ledger knows of a profile's addresses, from `first` on, ascending; at most `limit` of them.
using Entries =
    std::function<std::vector<LedgerEntry>(const std::string& profile, const IpAddress& first, std::size_t limit)>;
// Of the ledger, which must outlive it.
Entries entries_of(const Ledger& ledger);

struct FeedContent {
  std::string name;              // of the feed: [a-z0-9-], at most 40 characters, so it may stand anywhere
  std::string title;             // for people: any text, so never in what is executed
  std::string edition;           // 16 hex digits, a hash of what is listed here: the same content, the same edition
  std::uint64_t generation = 0;  // in which the feed got this content
  WallTime changed;              // when that was
  std::vector<std::string> profiles;  // whose addresses these are
  std::optional<int> family;          // 4 or 6 alone, as it was asked for; none: both
  std::vector<std::uint16_t> ports;   // ascending, at least one
  NetworkList networks;               // IPv4 before IPv6, ascending, none within another
  // What others need too: to be blocked on these ports alone, which only they use. Empty unless the format says ports
  // and the feed wants it so; no network is in both lists.
  std::vector<std::uint16_t> shared_ports;
  NetworkList shared;
  std::size_t left_out = 0;  // addresses for which the feed's definition has no room
  bool as_ranges = false;    // write runs of addresses as ranges, if the format reads them
  Entries entries;           // for formats that tell more of an address than the address
};

// Appends "192.0.2.1" or "192.0.2.0/24", as text() would say it, quickly.
void append_address(std::string& to, const IpAddress& address);
// A network of one host without its prefix, or with it.
enum class HostPrefix : std::uint8_t { left_out, written };
void append_network(std::string& to, const Network& network, HostPrefix host = HostPrefix::left_out);
// A line of each network, or of each run of adjacent ones ("192.0.2.1-192.0.2.9") where the content is to have ranges,
// between `before` and `after`.
void append_lines(std::string& to, const FeedContent& content, std::string_view before = "",
                  std::string_view after = "\n", HostPrefix host = HostPrefix::left_out);
// Of a network: its last address.
IpAddress last_of(const Network& network);
bool is_host(const Network& network);
// Whether `address` is the next one after `before`.
bool follows(const IpAddress& address, const IpAddress& before);
// "80,443" with "," between.
std::string ports_text(std::span<const std::uint16_t> ports, std::string_view between);

// Reads what the ledger knows of a content's addresses, asked for in ascending order, many at once.
class EvidenceReader {
 public:
  explicit EvidenceReader(const FeedContent& content);
  // Of each of the feed's profiles that has the address; valid until the next call.
  std::vector<const LedgerEntry*> find(const IpAddress& address);

 private:
  struct Shelf {
    const std::string* profile;
    std::vector<LedgerEntry> known;
    std::size_t next = 0;
  };
  const Entries& entries_;
  std::vector<Shelf> shelves_;
};

}  // namespace sinkfeed
