// What the program has counted since it started, summed over the workers: for the API and for metrics. Any thread.
#pragma once

#include <array>
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
std::array<std::uint64_t, 4> queries_of(const Counters& counters);  // by Verdict

}  // namespace sinkfeed
