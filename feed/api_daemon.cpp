#include "feed/api_daemon.hpp"

#include "feed/parameters.hpp"
#include "store/history_record.hpp"

namespace sinkfeed {

namespace {

boost::json::array list_of(const std::vector<std::string>& texts) {
  return boost::json::array(texts.begin(), texts.end());
}

}  // namespace

ApiAnswer api_query(const DaemonCalls& daemon, const Parameters& parameters) {
  const auto name = DnsName::parse(given(parameters, "name"));
  if (!name) return api_problem(400, "name: " + name.error().what);
  const std::string text = given(parameters, "type");
  const auto type = parse_type(text.empty() ? "A" : text);
  if (!type) return api_problem(400, "type: \"" + text + "\" is no record type; try A, AAAA, SRV, HTTPS or TYPE65");
  auto report = daemon.query(*name, *type);
  if (!report) return api_problem(503, report.error().what);
  return {200, *std::move(report)};
}

ApiAnswer api_check(const DaemonCalls& daemon) {
  const SettingsCheck check = daemon.check();
  boost::json::object body{{"settings", check.file}, {"right", check.problem.empty()}};
  if (!check.problem.empty()) {
    body["problem"] = check.problem;
  } else {
    body["profiles"] = list_of(check.profiles);
    body["changed"] = list_of(check.changed);
  }
  return {200, std::move(body)};
}

}  // namespace sinkfeed
