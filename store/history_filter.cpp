// What a search of the history matches.
#include <fmt/format.h>

#include <algorithm>

#include "store/history.hpp"

namespace sinkfeed {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Length of the character at the start of a name's text: an escape (\X, \DDD) counts as one.
std::size_t character(std::string_view text) {
  if (text[0] != '\\') return 1;
  return std::min<std::size_t>(text.size(), text.size() > 1 && is_digit(text[1]) ? 4 : 2);
}

// The root's dot, which a name's text does not show.
bool ends_in_dot(std::string_view text) {
  std::size_t last = 0;
  for (std::size_t at = 0; at < text.size(); at += character(text.substr(at))) last = at;
  return !text.empty() && text.substr(last) == ".";
}

// A piece of a name as DnsName::text would show it: lower case, each byte escaped or not in the one way. Nothing if an
// escape is malformed.
std::optional<std::string> shown(std::string_view piece) {
  std::string text;
  while (!piece.empty()) {
    const std::size_t length = character(piece);
    int byte = static_cast<unsigned char>(piece[0]);
    const bool escaped = byte == '\\';
    if (length == 4 && is_digit(piece[2]) && is_digit(piece[3])) {
      byte = (piece[1] - '0') * 100 + (piece[2] - '0') * 10 + (piece[3] - '0');
    } else if (length == 2) {
      byte = static_cast<unsigned char>(piece[1]);
    } else if (escaped) {
      return std::nullopt;
    }
    if (byte > 255) return std::nullopt;
    const char c = lower(static_cast<char>(byte));
    if (c == '\\' || (c == '.' && escaped)) {
      text += '\\';
      text += c;
    } else if (c > ' ' && c <= '~') {
      text += c;
    } else {
      text += fmt::format("\\{:03}", byte);
    }
    piece.remove_prefix(length);
  }
  return text;
}

// Places of the stars that are not escaped.
std::vector<std::size_t> stars(std::string_view text) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < text.size(); at += character(text.substr(at))) {
    if (text[at] == '*') places.push_back(at);
  }
  return places;
}

}  // namespace

// From the start of a character on: ".x" is not in "a\.x".
bool HistoryFilter::part_is_in(std::string_view text) const {
  for (; text.size() >= name_part.size() && !text.empty(); text.remove_prefix(character(text))) {
    if (text.starts_with(name_part) && (!part_at_end || text.size() == name_part.size())) return true;
    if (part_at_start) return false;
  }
  return name_part.empty();
}

bool HistoryFilter::matches(const QueryRecord& record) const {
  if (since && record.time < *since) return false;
  if (until && record.time >= *until) return false;
  if (record.kind == QueryRecord::Kind::gap) return true;  // what was lost may have matched
  if (client && !client->contains(record.client)) return false;
  if (type && record.type != *type) return false;
  if (verdict && record.verdict != *verdict) return false;
  if (rcode && record.rcode != *rcode) return false;
  if (name && (record.name == *name ? below : !below || !record.name.is_at_or_below(*name))) return false;
  if (!name_part.empty() && !part_is_in(record.name.text())) return false;
  if (answer) {
    const auto items = PackedAnswers::items(record.answers);
    if (std::none_of(items.begin(), items.end(), [&](const auto& item) { return item.address() == answer; }))
      return false;
  }
  return true;
}

Result<void> HistoryFilter::set_name(std::string_view text) {
  const auto places = stars(text);
  const bool only_below = places.size() == 1 && text.starts_with("*.");
  if (places.empty() || only_below) {
    auto parsed = DnsName::parse(only_below ? text.substr(2) : text);
    if (!parsed) return parsed.error();
    name = std::move(*parsed);
    below = only_below;
    name_part.clear();
    return {};
  }
  const bool at_start = places.front() == 0, at_end = places.back() == text.size() - 1;
  if (std::any_of(places.begin(), places.end(), [&](std::size_t at) { return at != 0 && at != text.size() - 1; })) {
    return Problem{
        fmt::format("\"{}\": a * may stand at the start and at the end of a name only; "
                    "write \\* for the character itself",
                    text)};
  }
  if (at_end) text.remove_suffix(1);
  if (at_start && !text.empty()) text.remove_prefix(1);
  if (!at_end && ends_in_dot(text)) text.remove_suffix(1);
  auto part = shown(text);
  if (!part) {
    return Problem{
        fmt::format("\"{}\" is not part of a domain name: after a backslash comes one character, or three digits "
                    "up to 255",
                    text)};
  }
  name.reset();
  below = false;
  name_part = std::move(*part);
  part_at_start = !at_start;
  part_at_end = !at_end;
  return {};
}

}  // namespace sinkfeed
