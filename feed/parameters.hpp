// Parameters of an API call, read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/address.hpp"
#include "config/result.hpp"
#include "feed/api.hpp"

namespace sinkfeed {

// All of `text` as a whole number; nothing if it is none.
std::optional<std::uint64_t> whole_number(std::string_view text);
// Empty if it is not given.
std::string given(const Parameters& parameters, const std::string& name);
// Whether it is given, as 1; any other value is a Problem.
Result<bool> flag_of(const Parameters& parameters, const std::string& name);
// "limit" (or what else it is called), a whole number from 1 to `most`; `usual` if it is not given.
Result<std::size_t> limit_of(const Parameters& parameters, std::size_t usual, std::size_t most,
                             const std::string& name = "limit");

// "cursor" as place_text() wrote it; nothing if it is not given, a Problem if it is another.
using LedgerPlace = std::pair<std::string, IpAddress>;  // profile and address
std::string place_text(const LedgerPlace& place);
Result<std::optional<LedgerPlace>> place_of(const Parameters& parameters);
// "cursor" as a number: those before it. The largest that there is, if it is not given.
Result<std::uint64_t> before_of(const Parameters& parameters);
// What is wrong with a cursor that is none.
Problem wrong_cursor();

}  // namespace sinkfeed
