#include "store/verdict.hpp"

#include <array>

namespace sinkfeed {

namespace {

constexpr std::array<std::string_view, 4> kNames{"pass", "sinkhole", "refuse", "local"};

}  // namespace

std::string_view verdict_name(Verdict verdict) { return kNames.at(static_cast<std::size_t>(verdict)); }

std::optional<Verdict> parse_verdict(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); i++) {
    if (kNames[i] == name) return static_cast<Verdict>(i);
  }
  return std::nullopt;
}

}  // namespace sinkfeed
