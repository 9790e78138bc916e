#include "feed/out/api_export.hpp"

#include "feed/api_history.hpp"
#include "feed/out/export_stream.hpp"

namespace sinkfeed {

Result<ExportRequest> read_export_request(Parameters parameters, WallTime now) {
  ExportRequest request;
  const std::string format = parameters["format"], limit = parameters["limit"];
  if (!format.empty()) {
    const auto parsed = parse_export_format(format);
    if (!parsed) return Problem{"format: \"" + format + "\" is none that is exported; there are csv, jsonl and dnstap"};
    request.format = *parsed;
  }
  auto filter = read_history_filter(parameters, now, {"format"});
  if (!filter) return filter.error();
  request.filter = std::move(*filter);
  if (limit.empty()) request.filter.limit = 0;
  return request;
}

std::variant<HttpAnswer, ApiAnswer> stream_history(const Store& store, const Parameters& parameters,
                                                   const std::stop_token& stop) {
  auto request = read_export_request(parameters, store.clock->wall());
  if (!request) return api_problem(400, request.error().what);
  request->filter.stop = stop;
  const auto stream = std::make_shared<ExportStream>();
  HttpAnswer answer;
  answer.media_type = export_media_type(request->format);
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("Trailer", std::string(kExportComplete) + ", " + std::string(kExportDamage));
  answer.stream = stream;
  answer.make = [&store, stream, stop, request = std::move(*request)] {
    const auto done = export_history(*store.history, request.filter, request.format,
                                     [&](std::string piece) { return stream->push(std::move(piece), stop); });
    stream->finish(done ? "" : done.error().what);
  };
  return answer;
}

}  // namespace sinkfeed
