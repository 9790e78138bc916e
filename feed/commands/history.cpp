#include "feed/commands/history.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "feed/commands/text_parts.hpp"
#include "feed/parameters.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kPage = 1000, kUsualLimit = 100;
constexpr std::chrono::milliseconds kTailEvery{250};

int failed(const std::string& what) {
  fmt::print(stderr, "sinkfeed: {}\n", what);
  return 1;
}

int refused(const ApiAnswer& answer) { return failed(text(answer.body, "detail")), answer.status == 400 ? 2 : 1; }

// A line on the terminal that says how far it is, and goes when something else is to be shown.
class Progress {
 public:
  void show(const std::string& line) {
    if (!is_terminal_) return;
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
    is_shown_ = true;
  }
  void clear() {
    if (is_shown_) fmt::print(stderr, "\r\x1b[K");
    is_shown_ = false;
  }
  ~Progress() { clear(); }

 private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool is_shown_ = false;
};

std::string share(std::uint64_t part, std::uint64_t whole) {
  return whole ? fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole)) : "-";
}

std::string bar(std::uint64_t part, std::uint64_t largest) {
  constexpr std::uint64_t kLongest = 30;
  return std::string(largest ? (part * kLongest + largest - 1) / largest : 0, '#');
}

std::string groups_text(const json::value& body) {
  const std::string by = text(body, "by");
  const auto& groups = body.at("groups").as_array();
  std::uint64_t largest = 0;
  for (const json::value& group : groups) largest = std::max(largest, number(group, "queries"));
  std::vector<std::vector<std::string>> rows;
  for (const json::value& group : groups) {
    const std::uint64_t queries = number(group, "queries");
    std::string what = text(group, by);
    if (by == "time") what = what.substr(0, what.find('.'));
    rows.push_back({std::to_string(queries), share(queries, number(body, "queries")), what, bar(queries, largest)});
  }
  return table(rows);
}

void tell_of_lost(const json::value& body) {
  if (const std::uint64_t lost = number(body, "lost"))
    fmt::print(stderr, "sinkfeed: {} queries of that time were not recorded, because a ring was full\n", lost);
}

// What a verdict is shown in on a terminal: blocked ones are what one looks for.
std::string_view colour_of(const std::string& verdict, const std::string& rcode) {
  if (verdict == "sinkhole") return "\x1b[31m";
  if (verdict == "refuse") return "\x1b[33m";
  if (verdict == "local") return "\x1b[36m";
  return rcode == "NOERROR" ? "" : "\x1b[2m";
}

std::string tail_line(const json::value& record, bool coloured) {
  if (text(record, "kind") == "gap")
    return fmt::format("{}  -- {} queries were not recorded here: the ring was full --\n", text(record, "time"),
                       number(record, "lost"));
  const std::string verdict = text(record, "verdict"), rcode = text(record, "rcode");
  const std::string answers = joined(record.at("answers"));
  std::string line = fmt::format("{}  {:<15} {:<8} {:<5} {}  {}", text(record, "time"), text(record, "client"), verdict,
                                 text(record, "type"), text(record, "name"), answers.empty() ? rcode : answers);
  if (coloured) {
    if (const std::string_view colour = colour_of(verdict, rcode); !colour.empty())
      line = fmt::format("{}{}\x1b[0m", colour, line);
  }
  return line + "\n";
}

}  // namespace

int history_search(const Call& call, DaemonClient& client) {
  Parameters parameters = call.parameters;
  if (call.count) {
    parameters["count"] = "1";
    const ApiAnswer answer = client.call("history", parameters);
    if (answer.status >= 400) return refused(answer);
    if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
    fmt::print("{}\n", number(answer.body, "count"));
    return tell_of_lost(answer.body), 0;
  }
  std::size_t left = kUsualLimit;
  if (const auto limit = parameters.find("limit"); limit != parameters.end() && !limit->second.empty()) {
    const std::string& wanted = limit->second;
    left = whole_number(wanted).value_or(0);
    if (!left) return failed("--limit: \"" + wanted + "\" is not a number from 1 on"), 2;
  }
  json::array all;
  json::value last;
  std::size_t found = 0;
  std::string damage;
  Progress progress;
  for (;;) {
    parameters["limit"] = std::to_string(std::min(left, kPage));
    const ApiAnswer answer = client.call("history", parameters);
    progress.clear();
    if (answer.status >= 400) return refused(answer);
    last = answer.body;
    if (damage.empty()) damage = text(last, "damage");
    const auto& records = last.at("records").as_array();
    left -= std::min(left, records.size());
    found += records.size();
    if (call.options.json)
      all.insert(all.end(), records.begin(), records.end());
    else if (!records.empty())
      fmt::print("{}", records_lines(last.at("records")));
    std::fflush(stdout);
    const std::string next = text(last, "next");
    if (next.empty() || !left) break;
    parameters["cursor"] = next;
    if (const std::string reached = text(last, "reached"); !reached.empty())
      progress.show(fmt::format("{} found, at {} ... (Ctrl-C stops)", counted(found, "query", "queries"),
                                reached.substr(0, reached.find('.'))));
  }
  const bool more = last.at("more").as_bool();
  if (call.options.json) {
    json::object body{{"records", std::move(all)}, {"more", more}};
    if (more) body["next"] = text(last, "next");
    if (!damage.empty()) body["damage"] = damage;
    fmt::print("{}\n", json::serialize(body));
  } else if (!found) {
    fmt::print("No query matches. `sinkfeed status` says since when queries are recorded.\n");
  } else if (more) {
    fmt::print("\n{} shown; there are more: --limit shows more of them, --count only counts.\n", found);
  }
  if (!damage.empty() && !call.options.json) fmt::print("\nNOT WHOLE: {}\n", damage);
  return damage.empty() ? 0 : 1;
}

int history_top(const Call& call, DaemonClient& client) {
  const ApiAnswer answer = client.call("history/top", call.parameters);
  if (answer.status >= 400) return refused(answer);
  if (call.options.json) return fmt::print("{}\n", json::serialize(answer.body)), 0;
  const json::object* several = answer.body.as_object().contains("tops") ? &answer.body.as_object() : nullptr;
  const json::array tops = several ? several->at("tops").as_array() : json::array{answer.body};
  std::string between;
  for (const json::value& top : tops) {
    const std::size_t shown = top.at("groups").as_array().size();
    if (!shown) return fmt::print("No query matches. `sinkfeed status` says since when queries are recorded.\n"), 0;
    fmt::print("{}{}\n{} of {}, {} in all.\n", std::exchange(between, "\n"), groups_text(top), shown,
               number(top, "distinct"), counted(number(top, "queries"), "query", "queries"));
  }
  return tell_of_lost(tops.front()), 0;
}

int history_stats(const Call& call, DaemonClient& client) {
  constexpr std::array<std::string_view, 6> kTitles{"By verdict", "By answer", "By type",
                                                    "Clients",    "Names",     "Over time"};
  Parameters parameters = call.parameters;
  parameters["by"] = "verdict,rcode,type,client,name,time";
  parameters["limit"] = "10";
  const ApiAnswer answer = client.call("history/top", parameters);
  if (answer.status >= 400) return refused(answer);
  json::object all;
  std::string shown;
  std::uint64_t lost = 0;
  const json::array& tops = answer.body.at("tops").as_array();
  for (std::size_t i = 0; i < kTitles.size(); i++) {
    const json::value& top = tops.at(i);
    if (shown.empty()) shown = counted(number(top, "queries"), "query", "queries") + "\n";
    lost = number(top, "lost");
    shown += fmt::format("\n{} ({})\n{}", kTitles.at(i), number(top, "distinct"), indented(groups_text(top)));
    all[text(top, "by")] = top;
  }
  if (call.options.json) return fmt::print("{}\n", json::serialize(all)), 0;
  fmt::print("{}", shown);
  return tell_of_lost(json::object{{"lost", lost}}), 0;
}

int history_tail(const Call& call, DaemonClient& client) {
  const bool coloured = ::isatty(STDOUT_FILENO) == 1;
  Parameters parameters = call.parameters;
  for (;;) {
    const ApiAnswer answer = client.call("history/tail", parameters);
    if (answer.status >= 400) return refused(answer);
    if (!answer.body.at("live").as_bool())
      return failed("no daemon of this store runs: nothing is added to the history");
    if (const std::uint64_t missed = number(answer.body, "missed"))
      fmt::print(stderr, "sinkfeed: {} went by too fast to be shown\n", counted(missed, "query", "queries"));
    for (const json::value& record : answer.body.at("records").as_array()) {
      if (call.options.json)
        fmt::print("{}\n", json::serialize(record));
      else
        fmt::print("{}", tail_line(record, coloured));
    }
    std::fflush(stdout);
    if (std::ferror(stdout)) return 1;
    parameters["after"] = std::to_string(number(answer.body, "position"));
    if (!answer.body.at("behind").as_bool()) std::this_thread::sleep_for(kTailEvery);
  }
}

}  // namespace sinkfeed
