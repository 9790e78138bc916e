// The agent: keeps a packet filter's sets on this machine as a feed on a server is, from one change to the next.
//
// It takes nothing away because something fails. Without a server it blocks by the last good list; a server's answer
// that is not a whole, plausible list with the digest that goes with it changes nothing; sets that somebody emptied are
// filled again.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "config/result.hpp"
#include "feed/agent/feed_client.hpp"
#include "feed/agent/kernel_sets.hpp"

namespace sinkfeed {

struct AgentSettings {
  FeedUrl url;
  FeedCredentials access;
  std::optional<int> family;
  std::filesystem::path state;
  std::chrono::milliseconds check{};  // between two looks at what is in the kernel
  bool once = false;                  // brings the sets up to date and ends
};

// Runs until SIGTERM or SIGINT; the sets stay as they are then. A Problem: it cannot begin, or (once) was not done.
Result<void> run_agent(const AgentSettings& settings, const KernelSets& sets);

}  // namespace sinkfeed
