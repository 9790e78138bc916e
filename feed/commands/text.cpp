#include "feed/commands/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "config/address.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

std::string text(const json::value& object, std::string_view member) {
  const json::value* value = object.as_object().if_contains(member);
  return value && value->is_string() ? std::string(value->as_string()) : "";
}

std::uint64_t number(const json::value& object, std::string_view member) {
  const json::value* value = object.as_object().if_contains(member);
  return value && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

std::string joined(const json::value& array) {
  std::string line;
  for (const json::value& item : array.as_array()) line += (line.empty() ? "" : ", ") + std::string(item.as_string());
  return line;
}

// Rows in columns as wide as their widest cell.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); i++) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string lines;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); i++) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    lines += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return lines;
}

// The names that led to an address, each once, with the covered name in brackets where it is another.
std::string names_of(const json::value& entry) {
  std::vector<std::string> names;
  for (const json::value& evidence : entry.at("evidence").as_array()) {
    std::string name = text(evidence, "name");
    if (name.empty()) name = text(evidence, "vantage") + ": " + text(evidence, "vantage_detail");
    if (!text(evidence, "target").empty() && text(evidence, "target") != text(evidence, "name"))
      name += " (to " + text(evidence, "target") + ")";
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::string line;
  for (std::size_t i = 0; i < names.size() && i < 3; i++) line += (i ? ", " : "") + names[i];
  if (names.size() > 3) line += fmt::format(" and {} more", names.size() - 3);
  return line;
}

std::string times(std::uint64_t count) { return count == 1 ? "once" : fmt::format("{} times", count); }

// "seen 112 of about 140 (121 to 180)".
std::string pool_text(const json::value& pool) {
  if (pool.at("complete").as_bool()) return fmt::format("seen all {}, most likely", number(pool, "seen"));
  return fmt::format("seen {} of about {} ({} to {})", number(pool, "seen"), number(pool, "estimated"),
                     number(pool, "low"), number(pool, "high"));
}

std::string verdict_sentence(const json::value& entry) {
  if (text(entry, "state") == "published")
    return fmt::format("{} is published for {}; generation {} was the first with it.\n", text(entry, "address"),
                       text(entry, "profile"), number(entry, "first_generation"));
  return fmt::format("{} is {} for {}: {}.\n", text(entry, "address"), text(entry, "state"), text(entry, "profile"),
                     text(entry, "reason"));
}

std::string evidence_lines(const json::value& entry, const std::string& now) {
  std::vector<std::vector<std::string>> rows;
  for (const json::value& evidence : entry.at("evidence").as_array()) {
    const std::string name = text(evidence, "name");
    std::string what = name.empty() ? "known from the start" : name;
    if (!name.empty() && text(evidence, "target") != name) what += " -> " + text(evidence, "target");
    rows.push_back({"  " + what, text(evidence, "vantage") + " " + text(evidence, "vantage_detail"),
                    "first " + ago(text(evidence, "first_seen"), now), "last " + ago(text(evidence, "last_seen"), now),
                    times(number(evidence, "count"))});
  }
  return table(rows);
}

std::string records_lines(const json::value& records) {
  std::vector<std::vector<std::string>> rows;
  for (const json::value& record : records.as_array()) {
    if (text(record, "kind") == "gap") {
      rows.push_back({text(record, "time"), fmt::format("-- {} queries were not recorded here: the ring was full --",
                                                        number(record, "lost"))});
      continue;
    }
    const std::string answers = joined(record.at("answers"));
    rows.push_back({text(record, "time"), text(record, "client"), text(record, "name"), text(record, "type"),
                    text(record, "verdict"), text(record, "rcode"), answers.empty() ? "-" : answers,
                    fmt::format("{} us", number(record, "latency_us")), text(record, "rule")});
  }
  return table(rows);
}

std::string indented(const std::string& lines) {
  std::string result;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = lines.find('\n', at);
    result += "  " + lines.substr(at, end - at + 1);
    at = end + 1;
  }
  return result;
}

// "at least " where some of the history was not read.
std::string at_least(const json::value& body) {
  return text(body, "damage").empty() && text(body, "unfinished").empty() ? "" : "at least ";
}

std::string why_address(const json::value& body) {
  const std::string now = text(body, "now"), subject = text(body, "subject");
  std::string out;
  if (const std::uint64_t queries = number(body, "queries_as_client"))
    out += fmt::format("As a client {} has asked {}{} question{}, {} of them for targets.\n", subject, at_least(body),
                       queries, queries == 1 ? "" : "s", number(body, "sunk_as_client")) +
           indented(records_lines(body.at("sunk_queries"))) + "\n";
  for (const json::value& entry : body.at("entries").as_array()) {
    out += verdict_sentence(entry);
    out += fmt::format("Seen {}, first {} ({}), last {} ({}).\n\n", times(number(entry, "count")),
                       ago(text(entry, "first_seen"), now), text(entry, "first_seen"),
                       ago(text(entry, "last_seen"), now), text(entry, "last_seen"));
    out += "How it was found\n" + evidence_lines(entry, now) + "\n";
  }
  if (body.at("entries").as_array().empty())
    out += fmt::format("{} is in no feed: no target was ever seen resolving to it.\n", subject);
  if (const std::string special = text(body, "special_purpose"); !special.empty())
    out += fmt::format("It is a {} address, which no feed ever holds.\n", special);
  for (const json::value& name : body.at("never_names").as_array())
    out += fmt::format("{} ({}) resolves to it, last {}: it must never be blocked.\n", text(name, "name"),
                       text(name, "never_why"), ago(text(name, "last_seen"), now));
  if (!body.at("answered_to").as_array().empty())
    out += "\nAnswers that held it, newest first\n" + indented(records_lines(body.at("answered_to")));
  return out;
}

std::string why_name(const json::value& body) {
  const json::value& coverage = body.at("coverage");
  const std::string kind = text(coverage, "kind"), subject = text(body, "subject");
  std::string out;
  if (kind == "target") {
    out += fmt::format("{} is a target: {}, {}.\n", subject, text(coverage, "rule"), text(coverage, "role"));
    if (!text(coverage, "note").empty()) out += fmt::format("Note: {}.\n", text(coverage, "note"));
  } else if (kind == "never") {
    out += fmt::format("{} is never blocked and its addresses are never published: {} ({}).\n", subject,
                       text(coverage, "rule"), text(coverage, "why"));
  } else {
    out += fmt::format("No profile covers {}; it is a target only if its answer leads to one.\n", subject);
  }
  const auto& entries = body.at("entries").as_array();
  if (!entries.empty()) {
    out += "\nAddresses that it led to\n";
    std::vector<std::vector<std::string>> rows;
    for (const json::value& entry : entries)
      rows.push_back({"  " + text(entry, "address"), text(entry, "state"),
                      "last seen " + ago(text(entry, "last_seen"), text(body, "now")), text(entry, "reason")});
    out += table(rows);
  } else if (kind == "target") {
    out += "No address of it has been seen yet.\n";
  }
  if (const std::uint64_t queries = number(body, "queries"))
    out += fmt::format("\nAsked for {}{}, the newest of them\n", at_least(body), times(queries)) +
           indented(records_lines(body.at("recent")));
  else
    out += at_least(body).empty() ? "\nNobody has asked for it.\n"
                                  : "\nIt is not known whether anybody has asked for it.\n";
  return out;
}

}  // namespace

std::string ago(std::string_view time, std::string_view now) {
  const auto then = parse_time(time, WallTime{}), current = parse_time(now, WallTime{});
  if (!then || !current) return std::string(time);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*current - *then).count();
  if (seconds < 2) return "just now";
  constexpr std::array<std::pair<std::int64_t, const char*>, 4> units{
      {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}}};
  for (const auto& [length, unit] : units) {
    if (const std::int64_t count = seconds / length)
      return fmt::format("{} {}{} ago", count, unit, count == 1 ? "" : "s");
  }
  return "just now";
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) value /= 1024, unit++;
  return unit ? fmt::format("{:.1f} {}", value, units[unit]) : fmt::format("{} B", bytes);
}

std::string status_text(const json::value& body) {
  const std::string now = text(body, "now");
  std::string out;
  if (!body.at("running").as_bool()) {
    out += fmt::format("sinkfeed {} is not running; this is what its store holds.\n", text(body, "version"));
  } else if (body.at("ready").as_bool()) {
    out += fmt::format("sinkfeed {} is running well, started {}.\n", text(body, "version"),
                       ago(text(body, "started"), now));
  } else {
    out += fmt::format("sinkfeed {} is running with a problem:\n", text(body, "version"));
    for (const auto& [part, problem] : body.at("problems").as_object())
      out += fmt::format("  {}: {}\n", std::string(part), std::string(problem.as_string()));
  }
  std::vector<std::vector<std::string>> rows;
  rows.push_back({"dns", joined(body.at("dns"))});
  rows.push_back({"http", joined(body.at("http"))});
  rows.push_back({"upstream", joined(body.at("upstream"))});
  rows.push_back({"blocking", text(body, "mode")});
  if (const json::value* counters = body.as_object().if_contains("counters")) {
    const json::value& queries = counters->at("queries");
    rows.push_back(
        {"queries", fmt::format("{} passed, {} sinkholed, {} refused, {} answered here; {} from the cache",
                                number(queries, "pass"), number(queries, "sinkhole"), number(queries, "refuse"),
                                number(queries, "local"), number(*counters, "cache_hits"))});
    rows.push_back(
        {"to upstream", fmt::format("{} questions, {} without a usable answer", number(*counters, "upstream_questions"),
                                    number(*counters, "upstream_failures"))});
    rows.push_back({"sweep", fmt::format("{} names watched, {} questions, {} of them for client subnets",
                                         number(*counters, "sweep_targets"), number(*counters, "sweep_questions"),
                                         number(*counters, "sweep_subnet_questions"))});
  }
  rows.push_back(
      {"generation", fmt::format("{}, made {} ({})", number(body, "generation"),
                                 ago(text(body, "generation_created"), now), text(body, "generation_created"))});
  for (const auto& [profile, counts] : body.at("profiles").as_object()) {
    rows.push_back({"feed", fmt::format("{}: {} published, {} held", std::string(profile), number(counts, "published"),
                                        number(counts, "held"))});
    if (const json::value* pool = counts.as_object().if_contains("pool"))
      rows.push_back({"addresses", fmt::format("{}: {}", std::string(profile), pool_text(*pool))});
  }
  if (const json::value* targets = body.as_object().if_contains("least_seen")) {
    for (const json::value& target : targets->as_array())
      rows.push_back({"unseen", fmt::format("{}: {}", text(target, "name"), pool_text(target))});
  }
  const json::value& history = body.at("history");
  std::string line =
      fmt::format("{} records, {} on disk", number(history, "records"), size_text(number(history, "block_bytes")));
  if (!text(history, "oldest").empty()) line += ", oldest " + ago(text(history, "oldest"), now);
  if (const std::uint64_t lost = number(history, "lost"))
    line += fmt::format("; {} LOST since the start, because a ring was full", lost);
  rows.push_back({"history", line});
  rows.push_back({"store", fmt::format("{}, {}", text(body, "store"), size_text(number(body, "store_bytes")))});
  rows.push_back({"settings", text(body, "settings")});
  return out + "\n" + table(rows);
}

std::string ips_text(const json::value& body) {
  const auto& entries = body.at("entries").as_array();
  if (entries.empty())
    return "No address matches. Addresses come in when a client asks for a target, and from the profiles' known "
           "addresses.\n";
  const std::string now = text(body, "now");
  std::vector<std::vector<std::string>> rows{{"ADDRESS", "STATE", "PROFILE", "LAST SEEN", "COUNT", "NAMES", "REASON"}};
  for (const json::value& entry : entries)
    rows.push_back({text(entry, "address"), text(entry, "state"), text(entry, "profile"),
                    ago(text(entry, "last_seen"), now), std::to_string(number(entry, "count")), names_of(entry),
                    text(entry, "reason")});
  return table(rows) + fmt::format("\n{} addresses, generation {}. More on one: sinkfeed why ADDRESS\n", entries.size(),
                                   number(body, "generation"));
}

std::string why_text(const json::value& body) {
  std::string out = text(body, "kind") == "address" ? why_address(body) : why_name(body);
  if (const std::string damage = text(body, "damage"); !damage.empty())
    out += "\nThe history could not be read whole: " + damage + "\n";
  if (const std::string unfinished = text(body, "unfinished"); !unfinished.empty())
    out += "\nThere may be more: " + unfinished + ". `sinkfeed history search` goes through all of it.\n";
  return out;
}

std::string feeds_text(const json::value& body) {
  // Of a wildcard the reader knows better by which of its addresses the server is reached.
  const auto at = Endpoint::parse(std::string(body.at("http").as_array().at(0).as_string()), 0);
  const bool is_any = !at || at->address.text() == "0.0.0.0" || at->address.text() == "::";
  const std::string base_url = "http://" + (is_any ? "THIS-SERVER:" + std::to_string(at ? at->port : 0) : at->text());
  std::string out;
  for (const json::value& feed : body.at("feeds").as_array()) {
    out += fmt::format("{} ({}): {} addresses\n", text(feed, "name"), text(feed, "title"), number(feed, "entries"));
    for (const json::value& path : feed.at("paths").as_array())
      out += "  " + base_url + std::string(path.as_string()) + "\n";
  }
  return out + fmt::format("\nGeneration {}, made {}.\n", number(body, "generation"), text(body, "created"));
}

std::string history_text(const json::value& body) {
  const auto& records = body.at("records").as_array();
  std::string out = records.empty() ? "No query matches. `sinkfeed status` says since when queries are recorded.\n"
                                    : records_lines(body.at("records"));
  if (body.at("more").as_bool())
    out +=
        fmt::format("\n{} shown; there are more: --limit shows more of them, --count only counts.\n", records.size());
  if (const std::string damage = text(body, "damage"); !damage.empty()) out += "\nNOT WHOLE: " + damage + "\n";
  return out;
}

}  // namespace sinkfeed
