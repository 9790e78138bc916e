#include "feed/commands/text.hpp"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "config/address.hpp"
#include "feed/commands/text_parts.hpp"

namespace sinkfeed {

namespace json = boost::json;

namespace {

// "seen 112 of about 140 (121 to 180)".
std::string pool_text(const json::value& pool) {
  if (pool.at("complete").as_bool()) return fmt::format("seen all {}, most likely", number(pool, "seen"));
  return fmt::format("seen {} of about {} ({} to {})", number(pool, "seen"), number(pool, "estimated"),
                     number(pool, "low"), number(pool, "high"));
}

// "https://THIS-SERVER:8443": of a wildcard the reader knows better by which of its addresses the server is reached,
// and a certificate is of a name.
std::string base_url(const std::string& scheme, const json::value& listeners) {
  const auto at = Endpoint::parse(std::string(listeners.as_array().at(0).as_string()), 0);
  const bool is_any = !at || at->address.text() == "0.0.0.0" || at->address.text() == "::" || scheme == "https";
  return scheme + "://" + (is_any ? "THIS-SERVER:" + std::to_string(at ? at->port : 0) : at->text());
}

void add_sinks(std::vector<std::vector<std::string>>& rows, const json::value& body) {
  const json::value* sinks = body.as_object().if_contains("sinks");
  if (!sinks) return;
  for (const json::value& sink : sinks->as_array()) {
    const std::string problem = text(sink, "problem");
    rows.push_back({"sink", fmt::format("{}: {} delivered, {} behind{}", text(sink, "sink"), number(sink, "delivered"),
                                        number(sink, "lag"), problem.empty() ? "" : "; " + problem)});
  }
}

}  // namespace

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
  for (const auto& [part, warning] : body.at("warnings").as_object())
    out += fmt::format("Look at this: {}: {}\n", std::string(part), std::string(warning.as_string()));
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
  const json::value& subscribers = body.at("subscribers");
  rows.push_back({"subscribers", fmt::format("{}, {} behind, {} late", number(subscribers, "subscribers"),
                                             number(subscribers, "behind"), number(subscribers, "late"))});
  const json::value& history = body.at("history");
  std::string line =
      fmt::format("{} records, {} on disk", number(history, "records"), size_text(number(history, "block_bytes")));
  if (!text(history, "oldest").empty()) line += ", oldest " + ago(text(history, "oldest"), now);
  if (const std::uint64_t lost = number(history, "lost"))
    line += fmt::format("; {} LOST since the start, because a ring was full", lost);
  rows.push_back({"history", line});
  add_sinks(rows, body);
  rows.push_back({"store", fmt::format("{}, {}", text(body, "store"), size_text(number(body, "store_bytes")))});
  rows.push_back({"settings", text(body, "settings")});
  return out + "\n" + table(rows);
}

std::string feeds_text(const json::value& body) {
  std::string out;
  for (const json::value& feed : body.at("feeds").as_array()) {
    for (const char* scheme : {"http", "https"}) {
      const json::value* listeners = body.as_object().if_contains(scheme);
      if (!listeners || listeners->as_array().empty()) continue;
      out += fmt::format("{}/feed/{}.FORMAT\n", base_url(scheme, *listeners), text(feed, "name"));
    }
    out += fmt::format("  {}: {} entries", text(feed, "title"), number(feed, "entries"));
    if (const auto left_out = number(feed, "left_out")) out += fmt::format(", {} left out for want of room", left_out);
    const std::string shared = text(feed, "shared");
    out += shared == "hold"      ? "; what other names need too is not in it\n"
           : shared == "include" ? "; with what other names need too\n"
                                 : "; what other names need too, on the messenger's own ports alone\n";
  }
  return out +
         fmt::format(
             "\n`sinkfeed feed formats` lists the formats, and which firewall reads which.\nGeneration {}, made {}.\n",
             number(body, "generation"), text(body, "created"));
}

std::string diff_text(const json::value& body) {
  std::string out = fmt::format("{}, from generation {} ({}) to {} ({})\n", text(body, "feed"), number(body, "from"),
                                text(body, "from_created"), number(body, "to"), text(body, "to_created"));
  for (const auto& [member, mark] : {std::pair{"removed", '-'}, std::pair{"added", '+'}}) {
    for (const json::value& one : body.at(member).as_array())
      out += fmt::format("{} {}\n", mark, std::string_view(one.as_string()));
  }
  return out +
         fmt::format("{} came, {} left.\n", body.at("added").as_array().size(), body.at("removed").as_array().size());
}

}  // namespace sinkfeed
