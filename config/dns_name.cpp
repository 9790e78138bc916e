// Domain names between presentation format (RFC 1035 5.1) and lower-case wire format.
#include "config/dns_name.hpp"

#include <fmt/format.h>

namespace sinkfeed {
namespace {

constexpr std::size_t kLongestLabel = 63;
constexpr std::size_t kLongestName = 255;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The byte that the escape at `text[at]` (a backslash) stands for; moves `at` to its last character. Negative:
// malformed.
int unescape(std::string_view text, std::size_t& at) {
  if (at + 1 >= text.size()) return -1;
  if (!is_digit(text[at + 1])) return static_cast<unsigned char>(text[++at]);
  if (at + 3 >= text.size() || !is_digit(text[at + 2]) || !is_digit(text[at + 3])) return -1;
  const int value = (text[at + 1] - '0') * 100 + (text[at + 2] - '0') * 10 + (text[at + 3] - '0');
  at += 3;
  return value <= 255 ? value : -1;
}

}  // namespace

Result<DnsName> DnsName::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Problem{fmt::format("\"{}\" is not a domain name: {}", text, why)};
  };
  if (text.empty()) return wrong("it is empty");
  DnsName name;
  if (text == ".") return name;
  std::string wire, label;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '.') {
      if (label.empty()) return wrong("two dots, or a dot at the start, leave an empty label");
      wire += static_cast<char>(label.size());
      wire += label;
      label.clear();
      continue;
    }
    const int byte = text[at] == '\\' ? unescape(text, at) : static_cast<unsigned char>(text[at]);
    if (byte < 0) return wrong("after a backslash comes one character, or three digits up to 255");
    label += lower(static_cast<char>(byte));
    if (label.size() > kLongestLabel) return wrong("a label is longer than 63 bytes");
  }
  if (!label.empty()) {
    wire += static_cast<char>(label.size());
    wire += label;
  }
  wire += '\0';
  if (wire.size() > kLongestName) return wrong("it is longer than 255 bytes");
  name.wire_ = std::move(wire);
  return name;
}

DnsName DnsName::from_wire(std::span<const std::uint8_t> wire) {
  DnsName name;
  name.wire_.assign(wire.begin(), wire.end());
  // Lengths are at most 63, below 'A', so the whole can be lowered at once.
  for (char& c : name.wire_) c = lower(c);
  return name;
}

std::string DnsName::text() const {
  if (is_root()) return ".";
  std::string text;
  text.reserve(wire_.size());
  for (std::size_t at = 0; wire_[at] != '\0';) {
    const auto length = static_cast<unsigned char>(wire_[at]);
    if (at != 0) text += '.';
    for (const char c : std::string_view{wire_}.substr(at + 1, length)) {
      if (c == '.' || c == '\\') {
        text += '\\';
        text += c;
      } else if (c > ' ' && c <= '~') {
        text += c;
      } else {
        fmt::format_to(std::back_inserter(text), "\\{:03}", static_cast<unsigned char>(c));
      }
    }
    at += 1U + length;
  }
  return text;
}

DnsName DnsName::parent() const {
  DnsName up;
  if (!is_root()) up.wire_ = wire_.substr(1U + static_cast<unsigned char>(wire_[0]));
  return up;
}

bool DnsName::is_at_or_below(const DnsName& ancestor) const {
  std::string_view rest = wire_;
  while (rest.size() > ancestor.wire_.size()) rest.remove_prefix(1U + static_cast<unsigned char>(rest[0]));
  return rest == ancestor.wire_;
}

}  // namespace sinkfeed
