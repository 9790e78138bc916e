#include "feed/commands/subscribers.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "feed/commands/execute.hpp"
#include "feed/commands/text_parts.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

std::string behind_text(const json::value& one, const std::string& now) {
  const std::string late = text(one, "late") == "no" ? "" : text(one, "late") == "silent" ? "SILENT" : "STALE";
  if (!one.at("behind").as_bool()) return late.empty() ? "-" : late;
  const std::string lag =
      fmt::format("{}, since {}", number(one, "behind_generations"), ago(text(one, "behind_since"), now));
  return late.empty() ? lag : late + ", " + lag;
}

std::string interval_text(std::uint64_t seconds) {
  if (!seconds) return "-";
  return seconds < 120 ? fmt::format("{} s", seconds) : fmt::format("{} min", (seconds + 30) / 60);
}

std::vector<std::string> row_of(const json::value& one, const std::string& now) {
  const std::string who = text(one, "who"), agent = text(one, "user_agent");
  const auto holds = number(one, "holds");
  return {text(one, "address") + (who.empty() ? "" : " (" + who + ")"),
          text(one, "feed"),
          holds ? std::to_string(holds) : "-",
          behind_text(one, now),
          ago(text(one, "last_seen"), now),
          interval_text(number(one, "interval_seconds")),
          fmt::format("{}/{}/{}", number(one, "ok"), number(one, "not_modified"), number(one, "other")),
          agent.empty() ? "-" : agent};
}

}  // namespace

int list_subscribers(const Call& call, DaemonClient& client) {
  const ApiAnswer answer = client.call("subscribers", {{"limit", std::to_string(Subscribers::kMost)}});
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  const auto& subscribers = answer.body.at("subscribers").as_array();
  if (subscribers.empty()) return fmt::print("No firewall has fetched a feed yet.\n"), 0;
  std::vector<std::vector<std::string>> rows{
      {"SUBSCRIBER", "FEED", "HOLDS", "BEHIND", "LAST SEEN", "EACH", "200/304/OTHER", "USER AGENT"}};
  for (const json::value& one : subscribers) rows.push_back(row_of(one, text(answer.body, "now")));
  fmt::print("{}", table(rows));
  return 0;
}

int forget_subscriber(const Call& call, DaemonClient& client) {
  const json::object body{{"address", call.forget.address}, {"feed", call.forget.feed}};
  const ApiAnswer answer = client.act("subscribers/forget", &body);
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  fmt::print("{} is forgotten, with {}.\n", call.forget.address,
             counted(number(answer.body, "forgotten"), "subscription"));
  return 0;
}

}  // namespace sinkfeed
