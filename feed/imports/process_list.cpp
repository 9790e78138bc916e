#include "feed/imports/process_list.hpp"

#include <algorithm>

#include "feed/imports/separated_values.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kTableCut = 25, kLinuxCut = 15;
constexpr std::string_view kWideColon = "\xef\xbc\x9a";  // U+FF1A, of Chinese and Japanese

// "========================= ======== ====": under the heading of a table, as wide as its columns.
bool is_ruler(std::string_view line) {
  line = trimmed(line);
  return line.starts_with("===") && line.find_first_not_of("= ") == std::string_view::npos &&
         line.find(' ') != std::string_view::npos;
}

// The first columns of a table's row: a name, which may have spaces, then the first number at or behind the end of the
// name's column.
std::optional<Process> table_row(std::string_view line, std::size_t name_width) {
  for (std::size_t at = std::min(name_width, line.size()); at < line.size();) {
    const std::size_t begin = line.find_first_not_of(" \t", at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    if (const auto pid = number_of(line.substr(begin, end - begin))) {
      const std::string_view name = trimmed(line.substr(0, begin));
      if (name.empty()) break;
      return Process{std::string(name), *pid};
    }
    at = end;
  }
  return std::nullopt;
}

void read_table(const std::vector<Line>& lines, std::size_t ruler, ProcessList& list) {
  const std::string_view text = lines[ruler].text;
  const std::size_t begin = text.find('=');
  const std::size_t name_width = text.find(' ', begin);
  for (std::size_t i = ruler + 1; i < lines.size(); i++) {
    if (trimmed(lines[i].text).empty()) continue;
    // Letters of several bytes only make the name longer: the number is still behind it.
    if (auto process = table_row(lines[i].text, name_width))
      list.processes.push_back(std::move(*process));
    else
      list.complaints.add(lines[i], "is no process");
  }
}

std::optional<Process> csv_row(std::string_view line) {
  if (!trimmed(line).starts_with('"')) return std::nullopt;
  const auto values = separated_values(line, separator_of(line));
  if (values.size() < 2 || values[0].empty()) return std::nullopt;
  const auto pid = number_of(values[1]);
  if (!pid) return std::nullopt;
  return Process{values[0], *pid};
}

void read_csv(const std::vector<Line>& lines, ProcessList& list) {
  bool is_heading = true;
  for (const Line& line : lines) {
    if (trimmed(line.text).empty()) continue;
    auto process = csv_row(line.text);
    if (process)
      list.processes.push_back(std::move(*process));
    else if (!is_heading)
      list.complaints.add(line, "is no process");
    is_heading = is_heading && !process && list.processes.empty();
  }
}

// "PID:          1234" -> "1234"; nothing without a colon.
std::optional<std::string_view> list_value(std::string_view line) {
  std::size_t colon = line.find(':'), width = 1;
  if (const std::size_t wide = line.find(kWideColon); wide < colon) colon = wide, width = kWideColon.size();
  if (colon == std::string_view::npos || !colon) return std::nullopt;
  return trimmed(line.substr(colon + width));
}

// Blocks with an empty line before each: the name first, then the id.
void read_list(const std::vector<Line>& lines, ProcessList& list) {
  std::size_t place = 0;  // in the block
  std::string_view name;
  for (const Line& line : lines) {
    if (trimmed(line.text).empty()) {
      place = 0;
      continue;
    }
    const auto value = list_value(line.text);
    place++;
    if (place > 2) continue;
    if (place == 1 && value) {
      name = *value;
      continue;
    }
    const auto pid = value ? number_of(*value) : std::nullopt;
    if (place == 2 && pid && !name.empty())
      list.processes.push_back({std::string(name), *pid});
    else
      list.complaints.add(line, "does not say a process's name and id");
  }
}

bool is_list(const std::vector<Line>& lines) {
  for (std::size_t i = 0; i + 1 < lines.size(); i++) {
    const auto first = list_value(lines[i].text), second = list_value(lines[i + 1].text);
    if (first && second && !first->empty() && number_of(*second)) return true;
  }
  return false;
}

std::string_view without_exe(std::string_view name) {
  if (name.size() > 4 && is_same_word(name.substr(name.size() - 4), ".exe")) name.remove_suffix(4);
  return name;
}

}  // namespace

Result<ProcessList> read_processes(std::string_view text) {
  const std::vector<Line> lines = lines_of(text);
  ProcessList list;
  const auto ruler = std::find_if(lines.begin(), lines.end(), [](const Line& line) { return is_ruler(line.text); });
  if (ruler != lines.end())
    read_table(lines, static_cast<std::size_t>(ruler - lines.begin()), list);
  else if (std::any_of(lines.begin(), lines.end(), [](const Line& line) { return csv_row(line.text).has_value(); }))
    read_csv(lines, list);
  else if (is_list(lines))
    read_list(lines, list);
  if (list.processes.empty())
    return Problem{
        "no process in it that can be understood: it takes what tasklist, tasklist /fo csv and tasklist /fo "
        "list write"};
  return list;
}

bool is_of_program(std::string_view name, std::string_view wanted) {
  if (is_same_word(without_exe(name), without_exe(wanted))) return true;
  return (name.size() == kTableCut || name.size() == kLinuxCut) && wanted.size() > name.size() &&
         is_same_word(name, wanted.substr(0, name.size()));
}

}  // namespace sinkfeed
