// What the program has counted since it started, summed over the workers: for the API and for metrics. Any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "store/counters.hpp"

namespace sinkfeed {

struct Total {
  const char* name;  // as the API has it
  const char* help;
  std::uint64_t value;
  bool is_level = false;  // goes up and down
};

std::vector<Total> totals_of(const Counters& counters);

}  // namespace sinkfeed
