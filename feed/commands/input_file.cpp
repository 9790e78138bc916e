#include "feed/commands/input_file.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <system_error>

#include "feed/imports/text_file.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kLargestFile = 64 << 20;

}  // namespace

std::string shown(const std::string& file) { return file == "-" ? "standard input" : file; }

Result<std::string> read_file(const std::string& name) {
  std::FILE* file = name == "-" ? stdin : std::fopen(name.c_str(), "rbe");
  const auto cannot = [&](int error) {
    return Problem{fmt::format("cannot read {}: {}", shown(name), std::generic_category().message(error))};
  };
  if (!file) return cannot(errno);
  std::string bytes;
  char piece[64 << 10];
  while (const std::size_t n = std::fread(piece, 1, sizeof piece, file)) {
    bytes.append(piece, n);
    if (bytes.size() > kLargestFile) break;
  }
  const int error = std::ferror(file) ? errno : 0;
  if (file != stdin) std::fclose(file);
  if (error) return cannot(error);
  if (bytes.size() > kLargestFile)
    return Problem{fmt::format("{} is larger than {} MiB, too large for a list", shown(name), kLargestFile >> 20)};
  return Result<std::string>(boost::system::in_place_value, as_utf8(bytes));
}

}  // namespace sinkfeed
