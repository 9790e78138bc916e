#include "resolver/query_command.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cstdio>

#include "resolver/query_report.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

int run_query(const Configuration& configuration, const QueryCommand& command) {
  const auto name = DnsName::parse(command.name);
  const auto type = parse_type(command.type);
  if (!name || !type) {
    fmt::print(
        stderr, "sinkfeed: {}\n",
        !name ? name.error().what : "\"" + command.type + "\" is no record type; try A, AAAA, SRV, HTTPS or TYPE65");
    return 2;
  }
  const auto report = report_query(configuration, *name, *type, command.server);
  if (!report) {
    fmt::print(stderr, "sinkfeed: {}; is the daemon running? `sinkfeed status` tells, --server names another address\n",
               report.error().what);
    return 1;
  }
  if (command.json) {
    fmt::print("{}\n", boost::json::serialize(query_value(*report)));
    return 0;
  }
  fmt::print("{} {}: {}\n\n", name->text(), type_name(*type), report->why);
  fmt::print("  answer   {}{}\n", report->rcode, report->records.empty() ? ", no records" : "");
  for (const std::string& record : report->records) fmt::print("           {}\n", record);
  if (!report->extended_error.empty()) fmt::print("  error    {}\n", report->extended_error);
  fmt::print("  from     {} in {:.1f} ms\n", report->server.text(), report->milliseconds);
  return 0;
}

}  // namespace sinkfeed
