// RDATA as a zone file shows it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sinkfeed {

// `rdata`: without compression. What the type's format does not fit (damaged, or cut) comes as RFC 3597 5 has it: \#
// and the length, then hexadecimal digits.
std::string rdata_text(std::uint16_t type, std::string_view rdata);

}  // namespace sinkfeed
