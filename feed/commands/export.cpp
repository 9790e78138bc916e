#include "feed/commands/export.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "feed/commands/execute.hpp"
#include "feed/out/api_export.hpp"

namespace sinkfeed {

int export_history(const Call& call, DaemonClient& client) {
  Parameters parameters = call.parameters;
  if (call.options.json) {
    if (!call.format.empty() && call.format != "jsonl")
      return wrong_call("--json is --format jsonl; give one of the two");
    parameters["format"] = "jsonl";
  } else {
    parameters["format"] = call.format;
  }
  // Before a file is made for it.
  if (const auto request = read_export_request(parameters, SystemClock().wall()); !request)
    return wrong_call("--" + request.error().what);
  const bool to_file = !call.output.empty() && call.output != "-";
  const auto close = [](std::FILE* file) { std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(close)> opened(to_file ? std::fopen(call.output.c_str(), "wb") : nullptr, close);
  if (to_file && !opened) return failed(Problem{fmt::format("cannot write {}: {}", call.output, std::strerror(errno))});
  std::FILE* file = to_file ? opened.get() : stdout;
  bool is_written = true;
  int why = 0;
  const auto exported = client.export_history(parameters, [&](std::string_view piece) {
    is_written = std::fwrite(piece.data(), 1, piece.size(), file) == piece.size();
    if (!is_written) why = errno;
    return is_written;
  });
  if (is_written && std::fflush(file) != 0) is_written = false, why = errno;
  if (!is_written && !to_file && why == EPIPE) return 0;  // who read it has had enough
  if (!is_written)
    return failed(Problem{fmt::format("cannot write {}: {}; what is there is not the whole",
                                      to_file ? call.output : "the export", std::strerror(why))});
  if (!exported) return failed(exported.error());
  return 0;
}

}  // namespace sinkfeed
