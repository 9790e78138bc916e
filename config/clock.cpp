// The system's clocks, and times as text (RFC 3339).
#include "config/clock.hpp"

#include <fmt/format.h>

#include <optional>

#include "config/settings.hpp"

namespace sinkfeed {
namespace {

// Reads text piece by piece; once a piece does not fit, everything after it fails too.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool skip(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly `count` digits, with a value between the two limits.
  std::optional<int> digits(int count, int least, int most) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (next() < '0' || next() > '9') return std::nullopt;
      value = value * 10 + (next() - '0');
      rest_.remove_prefix(1);
    }
    if (value < least || value > most) return std::nullopt;
    return value;
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::sys_days> read_date(Reader& reader) {
  const auto year = reader.digits(4, 1, 9999);
  if (!year || !reader.skip("-")) return std::nullopt;
  const auto month = reader.digits(2, 1, 12);
  if (!month || !reader.skip("-")) return std::nullopt;
  const auto day = reader.digits(2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

std::optional<std::chrono::microseconds> read_time_of_day(Reader& reader) {
  const auto hour = reader.digits(2, 0, 23);
  if (!hour || !reader.skip(":")) return std::nullopt;
  const auto minute = reader.digits(2, 0, 59);
  if (!minute || !reader.skip(":")) return std::nullopt;
  const auto second = reader.digits(2, 0, 60);  // 60: a leap second, the next minute's first for us
  if (!second) return std::nullopt;
  std::chrono::microseconds time =
      std::chrono::hours{*hour} + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
  if (!reader.skip(".")) return time;
  auto digit = reader.digits(1, 0, 9);
  if (!digit) return std::nullopt;
  for (int weight = 100'000; digit; weight /= 10, digit = reader.digits(1, 0, 9)) {
    time += std::chrono::microseconds{*digit * weight};  // digits beyond the sixth weigh nothing
  }
  return time;
}

std::optional<std::chrono::minutes> read_offset(Reader& reader) {
  if (reader.skip("Zz")) return std::chrono::minutes{0};
  const int sign = reader.next() == '-' ? -1 : 1;
  if (!reader.skip("+-")) return std::nullopt;
  const auto hours = reader.digits(2, 0, 23);
  if (!hours || !reader.skip(":")) return std::nullopt;
  const auto minutes = reader.digits(2, 0, 59);
  if (!minutes) return std::nullopt;
  return sign * (std::chrono::hours{*hours} + std::chrono::minutes{*minutes});
}

std::optional<WallTime> read_rfc3339(std::string_view text) {
  Reader reader{text};
  const auto date = read_date(reader);
  if (!date) return std::nullopt;
  if (reader.at_end()) return WallTime{*date};
  if (!reader.skip("Tt ")) return std::nullopt;
  const auto time = read_time_of_day(reader);
  if (!time) return std::nullopt;
  const auto offset = read_offset(reader);
  if (!offset || !reader.at_end()) return std::nullopt;
  return WallTime{*date} + *time - *offset;
}

}  // namespace

WallTime SystemClock::wall() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady() const { return std::chrono::steady_clock::now(); }

std::string format_time(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss of_day{time - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day.hours().count(),
                     of_day.minutes().count(), of_day.seconds().count(), of_day.subseconds().count());
}

std::string format_second(WallTime time) { return format_time(time).substr(0, 19) + "Z"; }

Result<WallTime> parse_time(std::string_view text, WallTime now) {
  if (const auto time = read_rfc3339(text)) return *time;
  if (const auto age = parse_duration(text)) return now - *age;
  return Problem{fmt::format(
      "\"{}\" is not a time; write 2026-11-23T10:38:20Z, a date like 2026-11-23, or an age like 90s, 15m, 2h or 7d",
      text)};
}

}  // namespace sinkfeed
