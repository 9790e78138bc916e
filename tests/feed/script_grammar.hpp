// As much of a script's grammar as tells a whole one from a broken one: strings, comments and brackets.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sinkfeed {

struct Grammar {
  std::string_view quotes;   // each ends the string that it begins
  char escape;               // within strings of double quotes; 0: none
  std::string_view comment;  // up to the end of the line
};

// What is open at the end of the script, outermost first; "?" and the rest of the script if something closes that was
// not open, or a string has no end on its line.
inline std::string unclosed(std::string_view script, const Grammar& grammar) {
  std::string open;
  for (std::size_t at = 0; at < script.size(); at++) {
    const char c = script[at];
    if (script.substr(at).starts_with(grammar.comment)) {
      at = script.find('\n', at);
      if (at == std::string_view::npos) break;
    } else if (grammar.quotes.find(c) != std::string_view::npos) {
      const std::size_t begin = at++;
      while (at < script.size() && script[at] != c && script[at] != '\n')
        at += grammar.escape && c == '"' && script[at] == grammar.escape ? 2 : 1;
      if (at >= script.size() || script[at] == '\n') return "?" + std::string(script.substr(begin));
    } else if (c == '(' || c == '[' || c == '{') {
      open += c;
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.empty() || open.back() != (c == ')' ? '(' : c == ']' ? '[' : '{'))
        return "?" + std::string(script.substr(at));
      open.pop_back();
    }
  }
  return open;
}

}  // namespace sinkfeed
