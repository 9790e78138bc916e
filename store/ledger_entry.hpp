// One address of one profile, with its evidence and state, as readers of the ledger get it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "config/clock.hpp"
#include "config/dns_name.hpp"
#include "store/needs.hpp"
#include "store/observation.hpp"
#include "store/ruling.hpp"

namespace sinkfeed {

enum class State : std::uint8_t { published = 1, held = 2, allowed = 3, expired = 4 };  // as in records.proto
std::string_view state_name(State state);
// How many addresses, of IPv4 and of IPv6.
struct FamilyCounts {
  std::size_t v4 = 0, v6 = 0;
  std::size_t all() const { return v4 + v6; }
};
enum class Sharing : std::uint8_t { unknown = 0, exclusive = 1, shared = 2 };
std::string_view sharing_name(Sharing sharing);

// What keeps an address out of the feeds.
enum class Cause : std::uint8_t { none, guard, never_name, person, profile, evidence, limit, age, sharing };
std::string_view cause_name(Cause cause);

struct Evidence {
  DnsName name;
  DnsName target;
  Vantage vantage;
  WallTime first_seen, last_seen;  // to the second
  std::uint64_t count = 0;
};

struct LedgerEntry {
  std::string profile;
  IpAddress address;
  WallTime first_seen, last_seen;  // to the second
  std::uint64_t count = 0;
  std::vector<Evidence> evidence;
  State state = State::held;
  std::string reason;  // why it is not published; empty if it is
  Cause cause = Cause::none;
  Sharing sharing = Sharing::unknown;
  std::uint64_t first_generation = 0;
  std::optional<Ruling> ruling;      // a person's
  bool is_held_for_sharing = false;  // and for nothing else
  bool is_over_limit = false;        // came when its target had too many new addresses
  std::uint64_t watched_s = 0;       // when it was seen last, on the clock that ages go by (store/ledger_age.hpp)
  std::uint32_t ttl_s = 0;
  std::vector<Need> needs;  // who else needs it
  bool waits = false;       // the feeds do not have it so yet: a person is to release it (store/feed_gate.hpp)
};

}  // namespace sinkfeed
