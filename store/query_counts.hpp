// What queries are counted by: what became of them, what was asked for, and how it came.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "store/history_record.hpp"
#include "store/verdict.hpp"

namespace sinkfeed {

// Types that have a count of their own; the last stands for all others. RFC 1035, 3596, 2782, 4034, 9460; 255 is ANY.
inline constexpr auto kCountedTypes =
    std::to_array<std::uint16_t>({1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 48, 64, 65, 255, 0});
inline constexpr std::size_t kVerdicts = 4, kTransports = 2;

using QueryCounts = std::array<std::uint64_t, kVerdicts * kTransports * kCountedTypes.size()>;

namespace query_counts {

inline constexpr auto kPlaces = [] {
  std::array<std::uint8_t, 256> places{};
  places.fill(kCountedTypes.size() - 1);
  for (std::size_t place = 0; place + 1 < kCountedTypes.size(); place++)
    places.at(kCountedTypes.at(place)) = static_cast<std::uint8_t>(place);
  return places;
}();

}  // namespace query_counts

// The place in QueryCounts. On the hot path: a look-up.
inline std::size_t query_place(Verdict verdict, Transport transport, std::uint16_t type) {
  const std::size_t of_type =
      type < query_counts::kPlaces.size() ? query_counts::kPlaces[type] : kCountedTypes.size() - 1;
  return (static_cast<std::size_t>(verdict) * kTransports + static_cast<std::size_t>(transport)) *
             kCountedTypes.size() +
         of_type;
}

}  // namespace sinkfeed
