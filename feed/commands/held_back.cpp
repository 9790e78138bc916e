#include "feed/commands/held_back.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "feed/commands/execute.hpp"
#include "feed/commands/text_parts.hpp"
#include "feed/parameters.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

std::string waiting_text(const json::value& body) {
  std::string out;
  if (const json::value* pin = body.as_object().if_contains("pin"))
    out += fmt::format("The feeds are set back to generation {}, as generation {}, since {}Z by {}: {}\n",
                       number(*pin, "to"), number(*pin, "generation"), text(*pin, "since").substr(0, 19),
                       text(*pin, "by"), text(*pin, "reason"));
  for (const json::value& of : body.at("profiles").as_array()) {
    if (const std::string since = text(of, "going_held_since"); !since.empty())
      out += fmt::format("{}: too many would go (feed.max_shrink); held back since {}Z.\n", text(of, "profile"),
                         since.substr(0, 19));
    if (const std::string since = text(of, "coming_held_since"); !since.empty())
      out += fmt::format("{}: too many would come (feed.max_growth); held back since {}Z.\n", text(of, "profile"),
                         since.substr(0, 19));
  }
  if (out.empty()) return "Nothing is held back: the feeds are as the ledger says.\n";
  const auto& waiting = body.at("waiting").as_array();
  if (waiting.empty()) return out + "No change waits.\n";
  std::vector<std::vector<std::string>> rows{{"WAITS TO", "ADDRESS", "PROFILE", "WHY"}};
  for (const json::value& one : waiting) {
    const bool comes = text(one, "change") == "comes";
    rows.push_back({comes ? "come" : "go", text(one, "address"), text(one, "profile"),
                    comes && text(one, "reason").empty() ? "found" : text(one, "reason")});
  }
  out += table(rows);
  if (const auto all = number(body, "all"); all > waiting.size())
    out += fmt::format("and {} more (--limit)\n", all - waiting.size());
  return out + "sinkfeed feed release --reason TEXT lets all of it into the feeds.\n";
}

int tell(const Call& call, const ApiAnswer& answer, const std::string& sentence) {
  fmt::print("{}\n", call.options.json ? json::serialize(answer.body) : sentence);
  return 0;
}

}  // namespace

int roll_feeds_back(const Call& call, DaemonClient& client) {
  const auto generation = whole_number(call.subject);
  if (!generation || !*generation)
    return wrong_call("\"" + call.subject + "\" is no generation's number; `sinkfeed feed at TIME` tells one");
  const json::object body{{"generation", *generation}, {"reason", call.decision.reason}};
  const ApiAnswer answer = client.act("feeds/rollback", &body);
  if (answer.status >= 400) return refused(answer);
  const auto kept_out = number(answer.body, "kept_out");
  return tell(call, answer,
              fmt::format("The feeds are as in generation {}, as generation {}{}. They stay so until `sinkfeed feed "
                          "release`; what the office needs still goes at once.",
                          *generation, number(answer.body, "generation"),
                          kept_out ? fmt::format(", but for {} that a guard keeps out today",
                                                 counted(kept_out, "address", "addresses"))
                                   : ""));
}

int release_feeds(const Call& call, DaemonClient& client) {
  const json::object body{{"reason", call.decision.reason}};
  const ApiAnswer answer = client.act("feeds/release", &body);
  if (answer.status >= 400) return refused(answer);
  return tell(call, answer,
              fmt::format("{} made, in generation {}.", counted(number(answer.body, "released"), "change"),
                          number(answer.body, "generation")));
}

int show_waiting(const Call& call, DaemonClient& client) {
  const ApiAnswer answer = client.call("waiting", call.parameters);
  if (answer.status >= 400) return refused(answer);
  fmt::print("{}", call.options.json ? json::serialize(answer.body) + "\n" : waiting_text(answer.body));
  return 0;
}

}  // namespace sinkfeed
