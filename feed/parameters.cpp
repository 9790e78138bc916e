#include "feed/parameters.hpp"

#include <charconv>
#include <limits>

namespace sinkfeed {

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string given(const Parameters& parameters, const std::string& name) {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

Result<bool> flag_of(const Parameters& parameters, const std::string& name) {
  const std::string text = given(parameters, name);
  if (!text.empty() && text != "1") return Problem{name + " is 1 or is not given, not \"" + text + "\""};
  return !text.empty();
}

Result<std::size_t> limit_of(const Parameters& parameters, std::size_t usual, std::size_t most,
                             const std::string& name) {
  const std::string text = given(parameters, name);
  if (text.empty()) return usual;
  const auto limit = whole_number(text);
  if (!limit || !*limit || *limit > most)
    return Problem{name + " is a number from 1 to " + std::to_string(most) + ", not \"" + text + "\""};
  return static_cast<std::size_t>(*limit);
}

Problem wrong_cursor() { return Problem{"cursor is what the page before gave as \"next\""}; }

std::string place_text(const LedgerPlace& place) { return place.first + " " + place.second.text(); }

Result<std::optional<LedgerPlace>> place_of(const Parameters& parameters) {
  const std::string cursor = given(parameters, "cursor");
  if (cursor.empty()) return std::optional<LedgerPlace>();
  const std::size_t space = cursor.find(' ');
  const auto address = IpAddress::parse(cursor.substr(space == std::string::npos ? cursor.size() : space + 1));
  if (!address) return wrong_cursor();
  return std::optional<LedgerPlace>(std::in_place, cursor.substr(0, space), *address);
}

Result<std::uint64_t> before_of(const Parameters& parameters) {
  const std::string cursor = given(parameters, "cursor");
  if (cursor.empty()) return std::numeric_limits<std::uint64_t>::max();
  const auto before = whole_number(cursor);
  if (!before) return wrong_cursor();
  return *before;
}

}  // namespace sinkfeed
