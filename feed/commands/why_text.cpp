// The answer of `sinkfeed why`, as somebody would give it who was asked: first what is the case, then why.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "feed/commands/text.hpp"
#include "feed/commands/text_parts.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kNeeds = 5;

std::string second(const std::string& time) { return time.substr(0, 19) + "Z"; }

std::string verdict_sentence(const json::value& entry) {
  const std::string address = text(entry, "address"), profile = text(entry, "profile"), state = text(entry, "state"),
                    reason = text(entry, "reason");
  if (entry.at("waits").as_bool())
    return fmt::format("{} waits to {} the feed {}: a person must release what is held back (sinkfeed feed waiting).\n",
                       address, state == "published" ? "come into" : "leave", profile);
  if (state == "published")
    return fmt::format("{} is in the feed {}, since generation {}.\n", address, profile,
                       number(entry, "first_generation"));
  if (state == "expired") return fmt::format("{} has left the feed {}: {}.\n", address, profile, reason);
  return fmt::format("{} is kept out of the feed {}: {}.\n", address, profile, reason);
}

// One line for each name, with every way that it was seen.
std::string evidence_lines(const json::value& entry, const std::string& now) {
  struct Line {
    std::string vantages, last;
    std::uint64_t count = 0;
    int ways = 0;
  };
  std::vector<std::pair<std::string, Line>> lines;
  for (const json::value& evidence : entry.at("evidence").as_array()) {
    const std::string name = text(evidence, "name"), vantage = text(evidence, "vantage"),
                      detail = text(evidence, "vantage_detail"), last = text(evidence, "last_seen");
    std::string what = !name.empty()         ? name
                       : vantage == "import" ? "seen on a client"
                       : vantage == "hand"   ? "added by hand"
                                             : "known from the start";
    if (!name.empty() && text(evidence, "target") != name) what += " -> " + text(evidence, "target");
    auto line = std::find_if(lines.begin(), lines.end(), [&](const auto& l) { return l.first == what; });
    if (line == lines.end()) line = lines.insert(lines.end(), {what, {}});
    Line& of = line->second;
    if (++of.ways <= 2) of.vantages += (of.vantages.empty() ? "" : ", ") + detail;
    of.last = std::max(of.last, last);
    of.count += number(evidence, "count");
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [what, line] : lines)
    rows.push_back({"  " + what, times(line.count) + ", last " + ago(line.last, now),
                    line.vantages + (line.ways > 2 ? fmt::format(" and {} more", line.ways - 2) : "")});
  return table(rows);
}

std::string needs_lines(const json::value& body, const std::string& now) {
  std::vector<std::vector<std::string>> rows;
  const auto& needs = body.at("needed_by").as_array();
  for (const json::value& need : needs) {
    if (rows.size() == kNeeds) break;
    const std::size_t clients = need.at("clients").as_array().size();
    const std::string never = text(need, "never_why");
    rows.push_back(
        {"  " + text(need, "name"),
         number(need, "queries") ? fmt::format("{} of {}{}", counted(number(need, "queries"), "query", "queries"),
                                               clients >= 16 ? "at least " : "", counted(clients, "client"))
                                 : "asked for by the sweep alone",
         "last " + ago(text(need, "last_seen"), now), never.empty() ? "" : "must never be blocked: " + never});
  }
  std::string out = table(rows);
  if (needs.size() > kNeeds) out += fmt::format("  and {} more names\n", needs.size() - kNeeds);
  return out;
}

std::string askers_lines(const json::value& body, const std::string& now) {
  std::vector<std::vector<std::string>> rows;
  for (const json::value& asker : body.at("asked_by").as_array())
    rows.push_back(
        {"  " + text(asker, "client"), times(number(asker, "queries")), "last " + ago(text(asker, "last"), now)});
  std::string out = table(rows);
  if (const std::uint64_t all = number(body, "askers"); all > rows.size())
    out += fmt::format("  and {}\n", counted(all - rows.size(), "more client", "more clients"));
  return out;
}

std::string changes_lines(const json::value& body) {
  std::vector<std::vector<std::string>> rows;
  for (const json::value& change : body.at("changes").as_array())
    rows.push_back({fmt::format("  generation {}", number(change, "generation")), second(text(change, "created")),
                    (text(change, "change") == "added" ? "came into " : "left ") + text(change, "profile"),
                    text(change, "reason")});
  return table(rows);
}

std::string decisions_lines(const json::value& body, const std::string& now) {
  std::vector<std::vector<std::string>> rows;
  for (const json::value& done : body.at("decisions").as_array()) {
    const std::string until = text(done, "until");
    rows.push_back({"  " + text(done, "what"), ago(text(done, "time"), now), "by " + text(done, "by"),
                    until.empty() ? "" : "until " + second(until), text(done, "reason")});
  }
  return table(rows);
}

std::string part(const std::string& title, const std::string& lines) {
  return lines.empty() ? "" : "\n" + title + "\n" + lines;
}

std::string why_address(const json::value& body) {
  const std::string now = text(body, "now"), subject = text(body, "subject");
  const auto& entries = body.at("entries").as_array();
  std::string out;
  for (const json::value& entry : entries) {
    out += verdict_sentence(entry);
    if (number(entry, "count"))
      out += fmt::format("Seen {}, first {}, last {} ({}).\n", times(number(entry, "count")),
                         ago(text(entry, "first_seen"), now), ago(text(entry, "last_seen"), now),
                         text(entry, "freshness"));
  }
  if (entries.empty()) out += fmt::format("{} is in no feed: no target was ever seen resolving to it.\n", subject);
  if (const std::string special = text(body, "special_purpose"); !special.empty())
    out += fmt::format("It is a {} address, which no feed ever holds.\n", special);
  for (const json::value& entry : entries)
    out += part("Why it is taken for " + text(entry, "profile"), evidence_lines(entry, now));
  out += part("Who else needs it", needs_lines(body, now));
  out += part("Who asked for its names", askers_lines(body, now));
  out += part("In the feeds", changes_lines(body));
  out += part("What people decided", decisions_lines(body, now));
  if (!body.at("answered_to").as_array().empty())
    out += part("Answers that held it, newest first", indented(records_lines(body.at("answered_to"))));
  if (const std::uint64_t queries = number(body, "queries_as_client"))
    out += part(fmt::format("As a client it has asked {}{}, {} of them for targets", at_least(body),
                            counted(queries, "question"), number(body, "sunk_as_client")),
                indented(records_lines(body.at("sunk_queries"))));
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
  out += part("Who asked for it", askers_lines(body, text(body, "now")));
  if (const std::uint64_t queries = number(body, "queries"))
    out += fmt::format("\nAsked for {}{}, the newest of them\n", at_least(body), times(queries)) +
           indented(records_lines(body.at("recent")));
  else
    out += at_least(body).empty() ? "\nNobody has asked for it.\n"
                                  : "\nIt is not known whether anybody has asked for it.\n";
  return out;
}

}  // namespace

std::string why_text(const json::value& body) {
  std::string out = text(body, "kind") == "address" ? why_address(body) : why_name(body);
  if (const std::string damage = text(body, "damage"); !damage.empty())
    out += "\nThe history could not be read whole: " + damage + "\n";
  if (const std::string unfinished = text(body, "unfinished"); !unfinished.empty())
    out += "\nThere may be more: " + unfinished + ". `sinkfeed history search` goes through all of it.\n";
  return out;
}

}  // namespace sinkfeed
