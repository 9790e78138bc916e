// What texts for people are put together from.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sinkfeed {

// Members of an answer; empty or 0 if there is none of that kind.
std::string text(const boost::json::value& object, std::string_view member);
std::uint64_t number(const boost::json::value& object, std::string_view member);
std::string joined(const boost::json::value& array);  // "a, b, c"

// Rows in columns as wide as their widest cell.
std::string table(const std::vector<std::vector<std::string>>& rows);
std::string indented(const std::string& lines);
std::string times(std::uint64_t count);                                                          // "once", "3 times"
std::string counted(std::uint64_t count, const std::string& one, const std::string& more = {});  // "1 client"
// Queries of the history, a line each.
std::string records_lines(const boost::json::value& records);
// "at least " where some of the history was not read.
std::string at_least(const boost::json::value& body);

// "3 minutes ago", "2 days ago", "just now"; the times are RFC 3339.
std::string ago(std::string_view time, std::string_view now);
// "1.2 MiB"
std::string size_text(std::uint64_t bytes);

}  // namespace sinkfeed
