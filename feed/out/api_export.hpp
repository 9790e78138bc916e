// GET /api/v1/history/export: the history as a file, streamed as it is read.
//
// Parameters: format (csv, jsonl, dnstap; csv if it is not given), and those of a search; without `limit` all that
// matches. The field "Sinkfeed-Complete: yes" behind the body says that nothing is missing; "Sinkfeed-Damage" what is.
// An answer without either broke off.
#pragma once

#include <stop_token>
#include <variant>

#include "config/result.hpp"
#include "feed/api.hpp"
#include "feed/http_message.hpp"
#include "feed/out/history_export.hpp"

namespace sinkfeed {

inline constexpr std::string_view kExportComplete = "Sinkfeed-Complete", kExportDamage = "Sinkfeed-Damage";

struct ExportRequest {
  ExportFormat format = ExportFormat::csv;
  HistoryFilter filter;
};
// The Problem says which parameter is wrong.
Result<ExportRequest> read_export_request(Parameters parameters, WallTime now);

// The stream, whose `make` reads the history, or the API's problem.
std::variant<HttpAnswer, ApiAnswer> stream_history(const Store& store, const Parameters& parameters,
                                                   const std::stop_token& stop);

}  // namespace sinkfeed
