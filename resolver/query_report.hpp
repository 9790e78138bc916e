// What a client is told that asks for a name, and why: asked of the running daemon over DNS, as a client would.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace sinkfeed {

struct QueryReport {
  DnsName name;
  std::uint16_t type = 0;
  Endpoint server;  // that was asked
  std::string rcode;
  std::vector<std::string> records;  // of the answer, in presentation format
  std::string extended_error;        // "15 google-talk: suffix talk.google.com (core)"; empty: none (RFC 8914)
  std::string why;                   // one sentence
  double milliseconds = 0;
};

// `server`: none: the first of dns.listen, a wildcard meaning loopback. Waits up to five seconds; a Problem if nothing
// answers. Any thread.
Result<QueryReport> report_query(const Configuration& configuration, const DnsName& name, std::uint16_t type,
                                 const std::optional<Endpoint>& server = std::nullopt);
// As the API and `sinkfeed query --json` give it.
boost::json::object query_value(const QueryReport& report);

}  // namespace sinkfeed
