// UUIDs that are made of a name (RFC 9562 5.5): the same name, the same UUID, whenever and wherever it is made.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sinkfeed {

using Uuid = std::array<std::uint8_t, 16>;

// Version 5: of a name within a namespace.
Uuid name_uuid(const Uuid& name_space, std::string_view name);
std::string uuid_text(const Uuid& uuid);  // 8-4-4-4-12 hex digits, lower case

// Of a name within sinkfeed's own namespace, as text. Names begin with what they are ("misp/event/..."), so that two
// things never get the same.
std::string own_uuid(std::string_view name);

}  // namespace sinkfeed
