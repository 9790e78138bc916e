// Reads Windows' tasklist in its three forms (table, /fo csv, /fo list), in any language: which process has which id.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/result.hpp"
#include "feed/imports/text_file.hpp"

namespace sinkfeed {

struct Process {
  std::string name;
  std::uint32_t pid = 0;
};

struct ProcessList {
  std::vector<Process> processes;
  Complaints complaints;
};

// `text` is UTF-8. A Problem: it is no such list.
Result<ProcessList> read_processes(std::string_view text);

// Whether a process is of the program that is wanted: without regard to case, ".exe" may be missing in either, and
// lists cut long names (tasklist's table after 25 characters, Linux after 15).
bool is_of_program(std::string_view name, std::string_view wanted);

}  // namespace sinkfeed
