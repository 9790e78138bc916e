// The API's calls that make the daemon do something: each is a POST to /api/v1/NAME. One row of the table in
// actions.cpp is one call. The chain of evidence tells of each before it is done (feed/action_links.hpp).
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "feed/api.hpp"
#include "feed/daemon_calls.hpp"
#include "store/tokens.hpp"

namespace sinkfeed {

struct ActionCall {
  const Store& store;
  const DaemonCalls& daemon;
  const std::string& who;           // "root", "root (sudo by alice)", "token office-pc"
  const boost::json::object& body;  // empty if the action takes none
  std::uint64_t link = 0;           // in the chain of evidence, which tells of it already; 0: it is told of later
};

struct Action {
  std::string_view name;
  // What the token of somebody on another machine must be good for. None: only the machine itself, without a token.
  std::optional<Scope> scope;
  // Of the JSON object that it takes as a body; all others are refused. None: it takes no body.
  std::span<const std::string_view> members{};
  bool takes_body() const { return !members.empty(); }
  ApiAnswer (*run)(const ActionCall& call) = nullptr;
  // Done even if the chain of evidence cannot be written, which tells of it as soon as it can.
  bool is_for_full_disks = false;
};

std::span<const Action> actions();
// Null if there is none of that name.
const Action* find_action(std::string_view name);

}  // namespace sinkfeed
