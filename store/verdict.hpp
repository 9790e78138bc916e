// What the policy says of a question, as it is decided, answered, recorded and searched for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sinkfeed {

enum class Verdict : std::uint8_t {
  pass,      // answered from upstream or the cache as it is
  sinkhole,  // a target: answered in the configured mode
  refuse,    // not served: the client is not allowed, or the question is one we never answer
  local,     // answered by us without asking anyone (errors in the query among them)
};

std::string_view verdict_name(Verdict verdict);
std::optional<Verdict> parse_verdict(std::string_view name);

}  // namespace sinkfeed
