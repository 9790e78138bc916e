// The API's calls that tell something: each is a GET of /api/v1/NAME. One row of the table in api_calls.cpp is one
// call; feed/openapi.json describes the same, and a test compares the two.
#pragma once

#include <optional>
#include <span>
#include <stop_token>
#include <string_view>

#include "feed/api.hpp"
#include "store/tokens.hpp"

namespace sinkfeed {

struct ApiCall {
  enum class Pace : std::uint8_t {
    quick,   // memory, or a little of the disk
    search,  // reads the history, or waits for an answer over DNS
    stream,  // goes on as long as somebody takes it
  };
  std::string_view name;
  std::optional<Scope> scope;  // what a token must be good for; none: any
  Pace pace = Pace::quick;
  std::span<const std::string_view> parameters;                                         // all others are refused
  ApiAnswer (*run)(const Store&, const Parameters&, const std::stop_token&) = nullptr;  // null: feed/routes answers
};

std::span<const ApiCall> api_calls();
const ApiCall* find_call(std::string_view name);  // null if there is none of that name

// Why these parameters are wrong for the call; empty if they are not.
std::string unknown_parameter(const ApiCall& call, const Parameters& parameters);

}  // namespace sinkfeed
