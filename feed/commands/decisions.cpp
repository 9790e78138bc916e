#include "feed/commands/decisions.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cstdio>

#include "feed/commands/execute.hpp"
#include "feed/commands/text.hpp"
#include "feed/commands/text_parts.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

// What has become of an address, in a line for each profile.
std::string outcome(const std::string& what, const json::value& result) {
  const std::string address = text(result, "address");
  if (what == "forget") return address + " is forgotten.\n";
  std::string lines;
  for (const json::value& entry : result.at("entries").as_array()) {
    const std::string state = text(entry, "state"), profile = text(entry, "profile");
    lines += state == "published"
                 ? fmt::format("{} is in the feed {}.\n", address, profile)
                 : fmt::format("{} is not in the feed {}: {}.\n", address, profile, text(entry, "reason"));
  }
  return lines.empty() ? address + " is not in the ledger any more.\n" : lines;
}

}  // namespace

// Page by page, so that neither the daemon nor this holds a million of them as JSON at once.
int list_addresses(const Call& call, DaemonClient& client) {
  Parameters parameters = call.parameters;
  const bool all = parameters["limit"].empty();
  if (all) parameters["limit"] = "10000";
  std::size_t shown = 0;
  for (bool more = true; more;) {
    const ApiAnswer answer = client.call("ips", parameters);
    if (answer.status >= 400) return refused(answer);
    more = all && answer.body.as_object().contains("next");
    if (more) parameters["cursor"] = text(answer.body, "next");
    const bool is_first = shown == 0;
    shown += answer.body.at("entries").as_array().size();
    // As JSON, each page is a document of its own on a line of its own.
    fmt::print("{}", call.options.json ? json::serialize(answer.body) + "\n"
                     : more            ? ips_rows(answer.body, is_first)
                                       : ips_text(answer.body, is_first, shown));
  }
  return 0;
}

int decide_addresses(const Call& call, DaemonClient& client, const std::string& what) {
  json::array addresses;
  for (const std::string& address : call.decision.addresses) addresses.push_back(json::value(address));
  json::object body{{"addresses", std::move(addresses)}, {"reason", call.decision.reason}};
  if (!call.decision.profile.empty()) body["profile"] = call.decision.profile;
  if (!call.decision.time.empty()) body["for"] = call.decision.time;
  const ApiAnswer answer = client.act("ips/" + what, &body);
  if (answer.status >= 400) return refused(answer);
  bool all = true;
  for (const json::value& result : answer.body.at("results").as_array()) {
    const std::string problem = text(result, "problem");
    all = all && problem.empty();
    if (!problem.empty())
      fmt::print(stderr, "sinkfeed: {}\n", problem);
    else if (!call.options.json)
      fmt::print("{}", outcome(what, result));
  }
  if (call.options.json) fmt::print("{}\n", json::serialize(answer.body));
  if (const std::string until = text(answer.body, "until"); !until.empty() && !call.options.json)
    fmt::print("Undone by itself at {}Z.\n", until.substr(0, 19));
  return all ? 0 : 1;
}

int list_decisions(const Call& call, DaemonClient& client) {
  const ApiAnswer answer = client.call("decisions", call.parameters);
  if (answer.status >= 400) return refused(answer);
  fmt::print("{}", call.options.json ? json::serialize(answer.body) + "\n" : decisions_text(answer.body));
  return 0;
}

}  // namespace sinkfeed
