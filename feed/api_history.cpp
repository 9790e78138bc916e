#include "feed/api_history.hpp"

#include <charconv>

#include "feed/json_values.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kMaxLimit = 100000;

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
  }
  return {};
}

}  // namespace

Result<HistoryFilter> read_history_filter(const Parameters& parameters, WallTime now) {
  HistoryFilter filter;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    const auto done = read_one(filter, name, value, now);
    if (!done) return Problem{name + ": " + done.error().what};
  }
  return filter;
}

ApiAnswer api_history(const Store& store, const Parameters& parameters, const std::stop_token& stop) {
  auto filter = read_history_filter(parameters, store.clock->wall());
  if (!filter) return api_problem(400, filter.error().what);
  filter->stop = stop;
  if (const auto count = parameters.find("count"); count != parameters.end() && count->second == "1") {
    const auto found = store.history->count(*filter);
    if (!found) return api_problem(500, found.error().what + "; a count without it would be wrong");
    return {200, boost::json::object{{"count", found->queries}, {"lost", found->lost}}};
  }
  // One more than is wanted tells whether there is more.
  const std::size_t wanted = filter->limit++;
  bool more = false;
  boost::json::array records;
  const auto searched = store.history->search(*filter, [&](const QueryRecord& record) {
    if (records.size() == wanted) return more = true, false;
    records.push_back(record_value(record));
    return true;
  });
  boost::json::object body{{"records", std::move(records)}, {"more", more}};
  // What could be read is shown all the same, with what is missing said beside it.
  if (!searched) body["damage"] = searched.error().what;
  return {200, std::move(body)};
}

}  // namespace sinkfeed
