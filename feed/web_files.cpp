#include "feed/web_files.hpp"

#include <algorithm>
#include <array>

// Each file as it lies on the disk, between two symbols.
#define SINKFEED_FILE(number, path, file)                \
  asm(".pushsection .rodata\n"                           \
      ".balign 16\n"                                     \
      "sinkfeed_web_" #number                            \
      "_begin:\n"                                        \
      ".incbin \"" file                                  \
      "\"\n"                                             \
      "sinkfeed_web_" #number                            \
      "_end:\n"                                          \
      ".byte 0\n"                                        \
      ".popsection\n");                                  \
  extern "C" const char sinkfeed_web_##number##_begin[]; \
  extern "C" const char sinkfeed_web_##number##_end[];
#include "feed/web_files.inc"
#undef SINKFEED_FILE

namespace sinkfeed {

namespace {

std::string_view between(const char* begin, const char* end) { return {begin, static_cast<std::size_t>(end - begin)}; }

// In the order of the build's list, which is by path; the description of the API stands behind it.
std::span<const WebFile> all_files() {
  static const auto files = std::to_array<WebFile>({
#define SINKFEED_FILE(number, path, file) {path, between(sinkfeed_web_##number##_begin, sinkfeed_web_##number##_end)},
#include "feed/web_files.inc"
#undef SINKFEED_FILE
  });
  return files;
}

}  // namespace

std::span<const WebFile> web_files() { return all_files().first(all_files().size() - 1); }

const WebFile* find_web_file(std::string_view path) {
  const auto files = web_files();
  const auto found = std::lower_bound(files.begin(), files.end(), path,
                                      [](const WebFile& file, std::string_view wanted) { return file.path < wanted; });
  return found != files.end() && found->path == path ? &*found : nullptr;
}

std::string_view openapi_document() { return all_files().back().bytes; }

}  // namespace sinkfeed
