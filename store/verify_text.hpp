// How links are called in what history_verify finds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "store/chain_link.hpp"

namespace sinkfeed {

// "link 17 (the block of 1234 queries from … to …)", "link 18 (action of …: {…})"
std::string named(const ChainLink& link);
// "link 17 is", "the links 17 to 20 are"
std::string range_is(std::uint64_t from, std::uint64_t to);
// That links are not there, with what stands before (may be empty) and after them.
std::string missing(std::uint64_t from, std::uint64_t to, const std::string& before,
                    const std::optional<ChainLink>& after);

}  // namespace sinkfeed
