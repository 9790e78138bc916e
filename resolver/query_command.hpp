// `sinkfeed query`: asks the running daemon as a client would, and says why it answered so.
#pragma once

#include <optional>
#include <string>

#include "config/settings.hpp"

namespace sinkfeed {

struct QueryCommand {
  std::string name;
  std::string type = "A";
  std::optional<Endpoint> server;  // none: the first of dns.listen, a wildcard meaning loopback
  bool json = false;
};

// Prints to standard output, problems to standard error. Returns the exit status: 0, 1 (no answer), 2 (the call was
// wrong).
int run_query(const Configuration& configuration, const QueryCommand& command);

}  // namespace sinkfeed
