// A file that a command is given, or standard input.
#pragma once

#include <string>

#include "config/result.hpp"

namespace sinkfeed {

// As a sentence names it.
std::string shown(const std::string& file);
// Its text as UTF-8; "-" is standard input. A Problem: it cannot be read, or is larger than 64 MiB.
Result<std::string> read_file(const std::string& name);

}  // namespace sinkfeed
