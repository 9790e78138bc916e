// The files of the web page (feed/web/) and what else is served as it is, which the build puts into the program.
#pragma once

#include <span>
#include <string_view>

namespace sinkfeed {

struct WebFile {
  std::string_view path;  // within feed/web: "index.html", "views/history.js"; and "chart.js"
  std::string_view bytes;
};
// By path.
std::span<const WebFile> web_files();
// Null if there is none.
const WebFile* find_web_file(std::string_view path);

// The description of the API (feed/openapi.json).
std::string_view openapi_document();

}  // namespace sinkfeed
