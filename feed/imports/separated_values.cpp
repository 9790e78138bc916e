#include "feed/imports/separated_values.hpp"

#include <algorithm>
#include <array>

#include "feed/imports/text_file.hpp"

namespace sinkfeed {

std::vector<std::string> separated_values(std::string_view line, char separator) {
  std::vector<std::string> values(1);
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); i++) {
    if (line[i] == '"') {
      const bool is_doubled = is_quoted && i + 1 < line.size() && line[i + 1] == '"';
      if (is_doubled)
        values.back() += line[i++];
      else
        is_quoted = !is_quoted;
    } else if (line[i] == separator && !is_quoted) {
      values.emplace_back();
    } else {
      values.back() += line[i];
    }
  }
  for (std::string& value : values) value = trimmed(value);
  return values;
}

char separator_of(std::string_view line) {
  constexpr std::array kSeparators{',', ';', '\t'};
  return *std::max_element(kSeparators.begin(), kSeparators.end(), [&](char a, char b) {
    return separated_values(line, a).size() < separated_values(line, b).size();
  });
}

}  // namespace sinkfeed
