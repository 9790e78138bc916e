// Runs another program, as nft or ipset, to its end.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/result.hpp"

namespace sinkfeed {

struct ProgramEnd {
  int status = 0;  // of its exit
  std::string output, errors;
};

// The program is looked for in the system's folders alone. A Problem: it cannot be started, was killed, or did not end
// within two minutes.
Result<ProgramEnd> run_program(const std::vector<std::string>& command, std::string_view input);

}  // namespace sinkfeed
