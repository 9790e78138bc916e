// Parameters of an API call, read.
#pragma once

#include <string>

#include "config/result.hpp"
#include "feed/api.hpp"

namespace sinkfeed {

// Empty if it is not given.
std::string given(const Parameters& parameters, const std::string& name);
// "limit", a whole number from 1 to `most`; `usual` if it is not given.
Result<std::size_t> limit_of(const Parameters& parameters, std::size_t usual, std::size_t most);

}  // namespace sinkfeed
