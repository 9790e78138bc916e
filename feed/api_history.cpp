#include "feed/api_history.hpp"

#include <algorithm>
#include <charconv>

#include "feed/json_values.hpp"
#include "feed/parameters.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kMaxLimit = 100000, kTopGroups = 10;
// After which a page is given as far as it is: who waits sees how far the search is, and can stop it.
constexpr std::chrono::seconds kPatience{2};

Result<void> read_one(HistoryFilter& filter, const std::string& name, const std::string& value, WallTime now) {
  if (name == "client") {
    auto network = Network::parse(value);
    if (!network) return network.error();
    filter.client = *network;
  } else if (name == "name") {
    return filter.set_name(value);
  } else if (name == "type") {
    filter.type = parse_type(value);
    if (!filter.type) return Problem{"\"" + value + "\" is no record type; try A, AAAA, SRV, HTTPS or TYPE65"};
  } else if (name == "verdict") {
    filter.verdict = parse_verdict(value);
    if (!filter.verdict) return Problem{"\"" + value + "\" is no verdict; there are pass, sinkhole, refuse and local"};
  } else if (name == "rcode") {
    filter.rcode = parse_rcode(value);
    if (!filter.rcode) return Problem{"\"" + value + "\" is no RCODE; try NOERROR, NXDOMAIN or SERVFAIL"};
  } else if (name == "answer") {
    auto address = IpAddress::parse(value);
    if (!address) return address.error();
    filter.answer = *address;
  } else if (name == "since" || name == "until") {
    auto time = parse_time(value, now);
    if (!time) return time.error();
    (name == "since" ? filter.since : filter.until) = *time;
  } else if (name == "limit") {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), filter.limit);
    if (error != std::errc() || end != value.data() + value.size() || !filter.limit || filter.limit > kMaxLimit)
      return Problem{"\"" + value + "\" is not a number from 1 to " + std::to_string(kMaxLimit)};
  } else if (name == "order") {
    if (value != "newest" && value != "oldest") return Problem{"\"" + value + "\" is neither newest nor oldest"};
    filter.newest_first = value == "newest";
  } else {
    return Problem{"there is no such condition; there are client, name, type, verdict, rcode, answer, since and until"};
  }
  return {};
}

}  // namespace

Result<HistoryFilter> read_history_filter(const Parameters& parameters, WallTime now,
                                          std::initializer_list<std::string_view> others) {
  HistoryFilter filter;
  for (const auto& [name, value] : parameters) {
    if (value.empty() || std::find(others.begin(), others.end(), name) != others.end()) continue;
    const auto done = read_one(filter, name, value, now);
    if (!done) return Problem{name + ": " + done.error().what};
  }
  return filter;
}

ApiAnswer api_history(const Store& store, const Parameters& parameters, const std::stop_token& stop) {
  auto filter = read_history_filter(parameters, store.clock->wall(), {"count", "cursor"});
  if (!filter) return api_problem(400, filter.error().what);
  filter->stop = stop;
  const auto count = flag_of(parameters, "count");
  if (!count) return api_problem(400, count.error().what);
  if (*count) {
    const auto found = store.history->count(*filter);
    if (!found) return api_problem(500, found.error().what + "; a count without it would be wrong");
    return {200, boost::json::object{{"count", found->queries}, {"lost", found->lost}}};
  }
  std::optional<HistoryCursor> from;
  if (const auto given = parameters.find("cursor"); given != parameters.end() && !given->second.empty()) {
    const auto cursor = HistoryCursor::parse(given->second);
    if (!cursor) return api_problem(400, "cursor: " + cursor.error().what);
    from = *cursor;
  }
  filter->deadline = std::chrono::steady_clock::now() + kPatience;
  boost::json::array records;
  const HistoryPage page =
      store.history->page(*filter, from, [&](const QueryRecord& record) { records.push_back(record_value(record)); });
  boost::json::object body{{"records", std::move(records)}, {"more", page.next.has_value()}};
  if (page.next) {
    body["next"] = page.next->text();
    if (page.unfinished) body["reached"] = format_time(page.next->time);
  }
  // What could be read is shown all the same, with what is missing said beside it.
  if (!page.damage.empty()) body["damage"] = page.damage;
  return {200, std::move(body)};
}

namespace {

boost::json::value top_value(GroupBy by, const HistoryTop& top) {
  boost::json::array groups;
  for (const HistoryGroup& group : top.groups)
    groups.push_back(boost::json::object{{group_by_name(by), group.what}, {"queries", group.queries}});
  return boost::json::object{{"by", group_by_name(by)},
                             {"groups", std::move(groups)},
                             {"distinct", top.distinct},
                             {"queries", top.of.queries},
                             {"lost", top.of.lost}};
}

// "client", or several: "client,name".
Result<std::vector<GroupBy>> read_groups(std::string_view text) {
  std::vector<GroupBy> groups;
  for (bool more = true; more;) {
    const std::string_view name = text.substr(0, text.find(','));
    const auto one = parse_group_by(name);
    if (!one) return Problem{"\"" + std::string(name) + "\" is none of client, name, type, verdict, rcode and time"};
    if (std::find(groups.begin(), groups.end(), *one) != groups.end())
      return Problem{std::string(name) + " is there twice"};
    groups.push_back(*one);
    more = name.size() < text.size();
    text.remove_prefix(more ? name.size() + 1 : name.size());
  }
  return groups;
}

}  // namespace

ApiAnswer api_history_top(const Store& store, const Parameters& parameters, const std::stop_token& stop) {
  auto filter = read_history_filter(parameters, store.clock->wall(), {"by", "width"});
  if (!filter) return api_problem(400, filter.error().what);
  filter->stop = stop;
  if (!parameters.contains("limit")) filter->limit = kTopGroups;
  const auto given = parameters.find("by");
  const auto by = read_groups(given == parameters.end() ? "name" : given->second);
  if (!by) return api_problem(400, "by: " + by.error().what);
  std::chrono::seconds width = std::chrono::hours(1);
  if (const auto wanted = parameters.find("width"); wanted != parameters.end() && !wanted->second.empty()) {
    const auto parsed = parse_duration(wanted->second);
    if (!parsed) return api_problem(400, "width: " + parsed.error().what);
    width = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
    if (width < std::chrono::seconds(1)) return api_problem(400, "width: at least a second, like 1m, 1h or 1d");
  }
  const auto tops = store.history->tops(*filter, *by, width);
  if (!tops) return api_problem(500, tops.error().what + "; counts without it would be wrong");
  boost::json::array all;
  for (std::size_t i = 0; i < by->size(); i++) all.push_back(top_value((*by)[i], (*tops)[i]));
  if (all.size() == 1) return {200, std::move(all.front())};
  return {200, boost::json::object{{"tops", std::move(all)}}};
}

}  // namespace sinkfeed
