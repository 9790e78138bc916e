#include "feed/body_values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sinkfeed {

Result<std::string> text_member(const boost::json::object& body, std::string_view member, std::size_t longest) {
  const boost::json::value* value = body.if_contains(member);
  if (!value) return Result<std::string>(boost::system::in_place_value, "");
  if (!value->is_string()) return Problem{fmt::format("\"{}\" is text", std::string(member))};
  std::string text(value->as_string());
  const bool is_plain =
      std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (!is_plain || text.size() > longest)
    return Problem{fmt::format("\"{}\" is one line of at most {} bytes", std::string(member), longest)};
  return Result<std::string>(boost::system::in_place_value, std::move(text));
}

}  // namespace sinkfeed
