// Records of the history as CSV (RFC 4180), for spreadsheets and scripts.
//
// The columns are named as the API's fields; answers stand in one cell with "; " between them. A text that begins with
// = + - @, a tab or a line's end, which a spreadsheet would take for a formula, gets an apostrophe before it: whoever
// owns a domain chooses what names and texts begin with.
#pragma once

#include <string>
#include <string_view>

#include "store/history_record.hpp"

namespace sinkfeed {

std::string_view csv_header();
void append_csv_row(std::string& to, const QueryRecord& record);

}  // namespace sinkfeed
