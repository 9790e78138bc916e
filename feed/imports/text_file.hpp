// Text files as other systems write them, as lines of UTF-8; and what is wrong with some of those lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sinkfeed {

// UTF-16 with a byte order mark (what PowerShell's > writes), UTF-8 with or without one, or a code page of one byte a
// character: its letters beyond ASCII come out as Latin ones, right or wrong, and everything else stays what it is.
std::string as_utf8(std::string_view bytes);

struct Line {
  std::size_t number = 0;  // from 1
  std::string_view text;   // without its end
};
// The views are into `text`.
std::vector<Line> lines_of(std::string_view text);

// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);
// What stands between spaces and tabs.
std::vector<std::string_view> words_of(std::string_view text);
// The whole of `text` as a decimal number.
std::optional<std::uint32_t> number_of(std::string_view text);
// ASCII letters alone are compared without regard to case.
bool is_same_word(std::string_view a, std::string_view b);

// Lines that cannot be read. All are counted, the first few are kept.
class Complaints {
 public:
  static constexpr std::size_t kMost = 20;
  // The line is quoted, cut to what a terminal shows.
  void add(const Line& line, const std::string& why);
  const std::vector<std::string>& list() const { return list_; }  // "line 7: "..." is no connection"
  std::size_t total() const { return total_; }

 private:
  std::vector<std::string> list_;
  std::size_t total_ = 0;
};

}  // namespace sinkfeed
