// The history as a file: all records that match, oldest first, in a format that other programs read.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/result.hpp"
#include "store/history.hpp"

namespace sinkfeed {

enum class ExportFormat : std::uint8_t { csv, jsonl, dnstap };
// Nothing: there is no such format.
std::optional<ExportFormat> parse_export_format(std::string_view name);
std::string_view export_media_type(ExportFormat format);

// Gives `write` one piece after another, whatever the size of the history, until it returns false. Each record that
// there was at the call is in it once. A Problem: a part could not be read (the rest was written), or `filter.stop`.
Result<void> export_history(const History& history, HistoryFilter filter, ExportFormat format,
                            const std::function<bool(std::string piece)>& write);

}  // namespace sinkfeed
