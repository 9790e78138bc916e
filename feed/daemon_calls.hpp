// What the API needs of the daemon and feed/ cannot do by itself.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "config/dns_name.hpp"
#include "config/result.hpp"

namespace sinkfeed {

struct SettingsCheck {
  std::string file;
  std::vector<std::string> profiles;
  std::vector<std::string> changed;  // by a reload, by section
  std::string problem;               // empty: they are right; else there is nothing of the two lists
};

// All: any thread; they may take seconds.
struct DaemonCalls {
  // Reads the settings anew and goes by them: what has changed, by section, or why nothing has.
  std::function<Result<std::vector<std::string>>()> reload;
  // Reads them anew, and changes nothing.
  std::function<SettingsCheck()> check;
  // Asks the DNS server as a client would: resolver/query_report.hpp. A Problem: nothing answers.
  std::function<Result<boost::json::object>(const DnsName& name, std::uint16_t type)> query;
};

}  // namespace sinkfeed
