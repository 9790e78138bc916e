#include "feed/out/history_export.hpp"

#include <boost/json/serialize.hpp>
#include <utility>

#include "feed/json_values.hpp"
#include "feed/out/csv_rows.hpp"
#include "feed/out/dnstap_event.hpp"
#include "feed/out/frame_stream.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kPiece = 64 << 10;

}  // namespace

std::optional<ExportFormat> parse_export_format(std::string_view name) {
  if (name == "csv") return ExportFormat::csv;
  if (name == "jsonl") return ExportFormat::jsonl;
  if (name == "dnstap") return ExportFormat::dnstap;
  return std::nullopt;
}

std::string_view export_media_type(ExportFormat format) {
  switch (format) {
    case ExportFormat::csv:
      return "text/csv; charset=utf-8; header=present";
    case ExportFormat::jsonl:
      return "application/x-ndjson";
    case ExportFormat::dnstap:
      return "application/octet-stream";
  }
  return "";
}

Result<void> export_history(const History& history, HistoryFilter filter, ExportFormat format,
                            const std::function<bool(std::string piece)>& write) {
  filter.newest_first = false;
  std::string piece;
  bool is_wanted = true;
  const auto pass_on = [&] { return is_wanted = is_wanted && write(std::exchange(piece, {})); };
  FrameStream frames(
      kDnstapContent, [&](std::string_view bytes) { return piece += bytes, true; }, nullptr);
  if (format == ExportFormat::csv) piece = csv_header();
  if (format == ExportFormat::dnstap) frames.open();
  auto searched = history.search(filter, [&](const QueryRecord& record) {
    switch (format) {
      case ExportFormat::csv:
        append_csv_row(piece, record);
        break;
      case ExportFormat::jsonl:
        piece += boost::json::serialize(record_value(record)) + "\n";
        break;
      case ExportFormat::dnstap:
        if (const std::string event = dnstap_event(record); !event.empty()) frames.write(event);
        break;
    }
    return piece.size() < kPiece || pass_on();
  });
  if (format == ExportFormat::dnstap) frames.close();
  pass_on();
  return searched;
}

}  // namespace sinkfeed
