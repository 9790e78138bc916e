// What a person has decided of an address, with the reason; and the record of who did what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/address.hpp"
#include "config/clock.hpp"

namespace sinkfeed {

struct Ruling {
  enum class Kind : std::uint8_t {
    hold = 1,     // not published
    release = 2,  // published, though it is shared, has aged or came with too many others; no guard gives way to it
    allow = 3,    // never published, whatever is seen
  };
  Kind kind = Kind::hold;
  WallTime made;
  std::optional<WallTime> until;  // none: for good
  std::string by;
  std::string reason;
};

std::string_view ruling_name(Ruling::Kind kind);  // "hold", "release", "allow"

// What a person did to an address or to the feeds, or what came of it by itself.
struct LedgerAction {
  WallTime when;
  std::string what;  // "hold", "release", "allow", "forget", "undo"; "hold ended", ...; of the feeds: "rollback",
                     // "release feeds"
  std::string profile;
  std::optional<IpAddress> address;  // none: the feeds
  std::string by;
  std::string reason;
  std::optional<WallTime> until;
  std::uint64_t number = 0;  // in the order in which they came; its key tells it
};

}  // namespace sinkfeed
