// What the agent holds of a feed, and what it takes from a server for one: pure functions.
//
// A server may be another program than it should be, or be put under somebody else's control. So whatever it says is
// read into addresses and numbers, and is taken as a whole or not at all. Refused are: anything that is not a plain
// list, an empty one, one with another digest than was announced, addresses twice or out of order, networks shorter
// than /16 (IPv6: /32), special-purpose addresses (RFC 6890), and the server's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

struct FollowedList {
  std::string feed;
  std::optional<int> family;  // 4 or 6 alone; none: both
  std::uint64_t generation = 0;
  std::vector<std::uint16_t> ports;  // ascending
  std::vector<Network> networks;     // IPv4 before IPv6, ascending, none within another; at least one
  std::string sha256;                // of text_of(networks), in hex

  std::string name() const;  // "generation 42 (117 networks)", for people
};

// An event `edition`: what is current on the server.
struct Edition {
  std::uint64_t generation = 0;
  std::vector<std::uint16_t> ports;
  std::size_t entries = 0;
  std::string sha256;
};

// An event `delta`, or what ?since= gives.
struct ListDelta {
  std::uint64_t from = 0, to = 0;
  std::vector<Network> added, removed;  // each ascending
  std::size_t entries = 0;
  std::string sha256;
};

// What the list is checked against beside itself.
struct ListBounds {
  std::optional<int> family;
  std::optional<IpAddress> server;  // whose list it is: it may not cut us off from it
};

inline constexpr std::size_t kLargestList = 128 << 20;  // in bytes

Result<Edition> read_edition(std::string_view data, std::string_view feed);
Result<ListDelta> read_delta(std::string_view lines, std::string_view feed);
// A list in .txt: a network or an address a line.
Result<std::vector<Network>> read_list(std::string_view body);
Result<void> check_list(const std::vector<Network>& networks, const ListBounds& bounds);
// The list with the delta applied. A Problem: it does not fit, or the result is not what it says that it is.
Result<FollowedList> applied(const FollowedList& list, const ListDelta& delta, const ListBounds& bounds);

// The list as .txt has it, to the byte.
std::string text_of(const std::vector<Network>& networks);
std::string list_digest(std::string_view text);

}  // namespace sinkfeed
