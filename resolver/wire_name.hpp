// Names inside a message, with their compression (RFC 1035 4.1.4). Hot path.
#pragma once

#include <cstdint>
#include <span>

#include "resolver/wire.hpp"

namespace sinkfeed {

// The place after the name at `at`, whose pointer is not followed; 0 if it does not fit.
std::size_t skip_name(std::span<const std::uint8_t> message, std::size_t at);

// Writes the name at `at` without compression to `out`, which holds dns::kMaxName bytes; its size, or 0 if it is none.
std::size_t expand_name(std::span<const std::uint8_t> message, std::size_t at, std::uint8_t* out);

}  // namespace sinkfeed
