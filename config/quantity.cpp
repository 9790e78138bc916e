// Durations and sizes with their units, as settings and the command line write them.
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "config/settings.hpp"

namespace sinkfeed {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array<Unit, 5> kDurationUnits{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 5> kSizeUnits{
    {{"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}}};
// What fits every unit that a duration is ever converted to: about 146 years in microseconds.
constexpr std::uint64_t kLongestDuration = std::numeric_limits<std::int64_t>::max() / 2 / 1000;

Result<std::uint64_t> parse_quantity(std::string_view text, std::span<const Unit> units, std::uint64_t most,
                                     std::string_view what) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& unit : units) {
    if (end == text.data() || suffix != unit.name) continue;
    if (error == std::errc::result_out_of_range || number > most / unit.factor) {
      return Problem{fmt::format("\"{}\" is too large for a {}", text, what)};
    }
    return number * unit.factor;
  }
  std::string names;
  for (const auto& unit : units) names += fmt::format("{}{}", names.empty() ? "" : ", ", unit.name);
  return Problem{fmt::format("\"{}\" is not a {}; write a whole number and one of the units {}, like \"{}{}\"", text,
                             what, names, what == "duration" ? 90 : 64, what == "duration" ? "s" : "MiB")};
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_quantity(text, kDurationUnits, kLongestDuration, "duration");
  if (!value) return value.error();
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

Result<std::uint64_t> parse_size(std::string_view text) {
  return parse_quantity(text, kSizeUnits, std::numeric_limits<std::int64_t>::max(), "size");
}

}  // namespace sinkfeed
