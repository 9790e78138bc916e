#include "feed/commands/text_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/clock.hpp"

namespace sinkfeed {

namespace json = boost::json;

std::string text(const json::value& object, std::string_view member) {
  const json::value* value = object.as_object().if_contains(member);
  return value && value->is_string() ? std::string(value->as_string()) : "";
}

std::uint64_t number(const json::value& object, std::string_view member) {
  const json::value* value = object.as_object().if_contains(member);
  return value && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

std::string joined(const json::value& array) {
  std::string line;
  for (const json::value& item : array.as_array()) line += (line.empty() ? "" : ", ") + std::string(item.as_string());
  return line;
}

// Rows in columns as wide as their widest cell.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); i++) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); i++) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    lines += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return lines;
}

std::string times(std::uint64_t count) { return count == 1 ? "once" : fmt::format("{} times", count); }

std::string counted(std::uint64_t count, const std::string& one, const std::string& more) {
  return fmt::format("{} {}", count, count == 1 ? one : more.empty() ? one + "s" : more);
}

std::string records_lines(const json::value& records) {
  std::vector<std::vector<std::string>> rows;
  for (const json::value& record : records.as_array()) {
    if (text(record, "kind") == "gap") {
      rows.push_back({text(record, "time"), fmt::format("-- {} queries were not recorded here: the ring was full --",
                                                        number(record, "lost"))});
      continue;
    }
    const std::string answers = joined(record.at("answers"));
    rows.push_back({text(record, "time"), text(record, "client"), text(record, "name"), text(record, "type"),
                    text(record, "verdict"), text(record, "rcode"), answers.empty() ? "-" : answers,
                    fmt::format("{} us", number(record, "latency_us")), text(record, "rule")});
  }
  return table(rows);
}

std::string indented(const std::string& lines) {
  std::string result;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    result += "  " + lines.substr(at, end - at + 1);
    at = end + 1;
  }
  return result;
}

std::string at_least(const json::value& body) {
  return text(body, "damage").empty() && text(body, "unfinished").empty() ? "" : "at least ";
}

std::string ago(std::string_view time, std::string_view now) {
  const auto then = parse_time(time, WallTime{}), current = parse_time(now, WallTime{});
  if (!then || !current) return std::string(time);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*current - *then).count();
  if (seconds < 2) return "just now";
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
      {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}};
  for (const auto& [length, unit] : units) {
    if (const std::int64_t count = seconds / length)
      return fmt::format("{} {}{} ago", count, unit, count == 1 ? "" : "s");
  }
  return "just now";
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) value /= 1024, unit++;
  return unit ? fmt::format("{:.1f} {}", value, units[unit]) : fmt::format("{} B", bytes);
}

}  // namespace sinkfeed
