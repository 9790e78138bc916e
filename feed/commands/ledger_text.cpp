// The ledger's addresses, what people decided of them, and what a feed would cut, as text for people.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "feed/commands/text.hpp"
#include "feed/commands/text_parts.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

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

// "www.example.com (3 clients, 12 queries) and 2 more"; the most needed first. Empty if nobody else needs it.
std::string needs_of(const json::value& entry) {
  std::vector<const json::value*> needs;
  for (const json::value& need : entry.at("needed_by").as_array()) needs.push_back(&need);
  if (needs.empty()) return "";
  std::stable_sort(needs.begin(), needs.end(), [](const json::value* a, const json::value* b) {
    return number(*a, "queries") > number(*b, "queries");
  });
  const json::value& most = *needs.front();
  std::string line =
      fmt::format("{} ({}, {})", text(most, "name"), counted(most.at("clients").as_array().size(), "client"),
                  counted(number(most, "queries"), "query", "queries"));
  if (needs.size() > 1) line += fmt::format(" and {} more", needs.size() - 1);
  return line;
}

}  // namespace

std::string ips_rows(const json::value& body, bool is_first) {
  const std::string now = text(body, "now");
  std::vector<std::vector<std::string>> rows;
  if (is_first) rows.push_back({"ADDRESS", "STATE", "PROFILE", "LAST SEEN", "COUNT", "NAMES", "REASON", "NEEDED BY"});
  for (const json::value& entry : body.at("entries").as_array())
    rows.push_back({text(entry, "address"), text(entry, "state"), text(entry, "profile"),
                    ago(text(entry, "last_seen"), now), std::to_string(number(entry, "count")), names_of(entry),
                    text(entry, "reason"), needs_of(entry)});
  return table(rows);
}

std::string ips_text(const json::value& body, bool is_first, std::size_t shown) {
  if (!shown)
    return "No address matches. Addresses come in when a client asks for a target, and from the profiles' known "
           "addresses.\n";
  return ips_rows(body, is_first) + fmt::format("\n{}, generation {}. More on one: sinkfeed why ADDRESS\n",
                                                counted(shown, "address", "addresses"), number(body, "generation"));
}

std::string decisions_text(const json::value& body) {
  const auto& decisions = body.at("decisions").as_array();
  if (decisions.empty()) return "Nobody has decided anything.\n";
  std::vector<std::vector<std::string>> rows{{"TIME", "WHAT", "ADDRESS", "PROFILE", "BY", "UNTIL", "REASON"}};
  for (const json::value& done : decisions) {
    const std::string until = text(done, "until");
    rows.push_back({text(done, "time").substr(0, 19) + "Z", text(done, "what"), text(done, "address"),
                    text(done, "profile"), text(done, "by"), until.empty() ? "-" : until.substr(0, 19) + "Z",
                    text(done, "reason")});
  }
  return table(rows);
}

std::string plan_text(const json::value& body) {
  const std::string profile = text(body, "profile"), since = text(body, "since").substr(0, 19) + "Z";
  const auto& names = body.at("names").as_array();
  std::string out;
  if (names.empty()) {
    out =
        fmt::format("Since {} nothing that was asked for here led to one of the {} of {}: nobody would have noticed.\n",
                    since, counted(number(body, "addresses"), "address", "addresses"), profile);
  } else {
    out = fmt::format("Since {} the {} of {} would have cut {} that {} asked for {}{}.\n\n", since,
                      counted(number(body, "addresses"), "address", "addresses"), profile,
                      counted(number(body, "all_names"), "name"), counted(number(body, "all_clients"), "client"),
                      at_least(body), times(number(body, "all_queries")));
    std::vector<std::vector<std::string>> rows{{"NAME", "CLIENTS", "QUERIES", "LAST", "ADDRESSES", "SOME CLIENTS"}};
    for (const json::value& name : names)
      rows.push_back({text(name, "name"), std::to_string(number(name, "clients")),
                      std::to_string(number(name, "queries")), ago(text(name, "last"), text(body, "now")),
                      joined(name.at("addresses")), joined(name.at("some_clients"))});
    out += table(rows);
    if (const std::uint64_t all = number(body, "all_names"); all > names.size())
      out += fmt::format("and {} more names\n", all - names.size());
  }
  if (const std::string unfinished = text(body, "unfinished"); !unfinished.empty())
    out += "\nThere may be more: " + unfinished + "; --since with a shorter time goes through all of it.\n";
  if (const std::string damage = text(body, "damage"); !damage.empty()) out += "\nNOT WHOLE: " + damage + "\n";
  return out;
}

}  // namespace sinkfeed
