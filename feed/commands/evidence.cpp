#include "feed/commands/evidence.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <chrono>
#include <thread>

#include "feed/commands/execute.hpp"
#include "feed/commands/text_parts.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kAskAgain{200};

std::string link_line(const json::value& link) {
  std::string what = text(link, "text");
  if (text(link, "kind") == "block")
    what = fmt::format("{} from {} to {}", counted(number(link, "rows"), "query", "queries"), text(link, "first"),
                       text(link, "last"));
  return fmt::format("{:>8}  {}  {:<10}  {}\n", number(link, "number"), text(link, "time"), text(link, "kind"), what);
}

int show_links(const Call& call, DaemonClient& client) {
  const ApiAnswer answer = client.call("history/links", call.parameters);
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  for (const json::value& link : answer.body.at("links").as_array()) fmt::print("{}", link_line(link));
  return 0;
}

std::string hold_line(const json::value& hold) {
  const std::string since = text(hold, "since"), until = text(hold, "until");
  return fmt::format("hold {}  {} to {}  by {}, {}: {}\n", number(hold, "hold"),
                     since.empty() ? "the beginning" : since, until.empty() ? "further notice" : until,
                     text(hold, "by"), text(hold, "made"), text(hold, "reason"));
}

int show_holds(const Call& call, DaemonClient& client) {
  const ApiAnswer answer = client.call("history/holds", {});
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  const auto& holds = answer.body.at("holds").as_array();
  if (holds.empty()) fmt::print("No time is held.\n");
  for (const json::value& hold : holds) fmt::print("{}", hold_line(hold));
  return 0;
}

int hold(const Call& call, DaemonClient& client) {
  const json::object body{
      {"since", call.evidence.since}, {"until", call.evidence.until}, {"reason", call.evidence.reason}};
  const ApiAnswer answer = client.act("history/hold", &body);
  if (answer.status >= 400) return refused(answer);
  fmt::print("{}", call.options.json ? json::serialize(answer.body) + "\n" : hold_line(answer.body));
  return 0;
}

int release(const Call& call, DaemonClient& client) {
  const json::object body{{"hold", call.evidence.hold}, {"reason", call.evidence.reason}};
  const ApiAnswer answer = client.act("history/release", &body);
  if (answer.status >= 400) return refused(answer);
  fmt::print("{}\n", call.options.json ? json::serialize(answer.body)
                                       : fmt::format("Hold {} is released.", call.evidence.hold));
  return 0;
}

int checkpoint(const Call& call, DaemonClient& client) {
  const ApiAnswer answer = client.act("history/checkpoint");
  if (answer.status >= 400) return refused(answer);
  fmt::print("{}\n", call.options.json ? json::serialize(answer.body) : text(answer.body, "checkpoint"));
  return 0;
}

// Whoever stops the command does not stop the daemon: it goes on.
int erase(const Call& call, DaemonClient& client) {
  const json::object body{{"client", call.evidence.client}, {"reason", call.evidence.reason}};
  ApiAnswer answer = client.act("history/erase", &body);
  if (answer.status >= 400) return refused(answer);
  const bool shows_progress = isatty(STDERR_FILENO) == 1;
  for (;;) {
    answer = client.call("history/erasure", {});
    if (answer.status >= 400) return refused(answer);
    if (!answer.body.at("running").as_bool()) break;
    if (shows_progress) fmt::print(stderr, "\rerased {:.0f} %", 100 * answer.body.at("done").to_number<double>());
    std::this_thread::sleep_for(kAskAgain);
  }
  if (shows_progress) fmt::print(stderr, "\r\x1b[K");
  const auto damaged = number(answer.body, "damaged");
  if (call.options.json) {
    fmt::print("{}\n", json::serialize(answer.body));
  } else {
    fmt::print("Erased: {} had the client.\n", counted(number(answer.body, "blocks"), "block"));
  }
  if (damaged)
    fmt::print(stderr,
               "sinkfeed: {} could not be rewritten, being damaged or of an earlier release, and may have the client\n",
               counted(damaged, "block"));
  return damaged ? 1 : 0;
}

}  // namespace

std::optional<int> run_evidence(const Call& call, DaemonClient& client) {
  if (call.command == "history verify") return verify_history(call, client);
  if (call.command == "history links") return show_links(call, client);
  if (call.command == "history holds") return show_holds(call, client);
  if (call.command == "history hold") return hold(call, client);
  if (call.command == "history release") return release(call, client);
  if (call.command == "history checkpoint") return checkpoint(call, client);
  if (call.command == "history erase") return erase(call, client);
  return std::nullopt;
}

}  // namespace sinkfeed
