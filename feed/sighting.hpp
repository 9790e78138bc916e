// What the ledger knows of an address, in the few fields that a table has room for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "feed/feed_content.hpp"

namespace sinkfeed {

// In all of a feed's profiles together.
struct Sighting {
  WallTime first_seen, last_seen;
  std::uint64_t count = 0;
  // That were asked for, ascending, each once. Whoever runs a domain chooses them, and tables are opened in
  // spreadsheets and shells: [a-z0-9._-] is kept, any other character is '_'.
  std::vector<std::string> names;
};

// Nothing if the ledger has forgotten the address since the generation was made. Addresses ascend from call to call.
std::optional<Sighting> find_sighting(EvidenceReader& reader, const IpAddress& address);

}  // namespace sinkfeed
