// The client subnets of sweep.subnets (RFC 7871): prefixes that stand for places on the internet.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>
#include <vector>

#include "config/address.hpp"
#include "config/result.hpp"

namespace sinkfeed {

inline constexpr std::size_t kMaxClientSubnets = 4096;

// "198.51.100.0/24". A prefix longer than /24 or /56 is refused with the one to write instead: it would tell servers
// more of a client than RFC 7871 11.1 wants them to know. So is /0, which stands for no place.
Result<Network> parse_client_subnet(std::string_view text);

// One prefix a line; empty lines and what follows a # count for nothing. A Problem starts with file:line.
Result<std::vector<Network>> read_client_subnets(const std::filesystem::path& file);

}  // namespace sinkfeed
