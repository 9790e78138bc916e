#include "feed/api_subscribers.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "feed/body_values.hpp"
#include "feed/parameters.hpp"
#include "store/sha256.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

json::object subscriber_value(const Subscriber& one, WallTime now) {
  json::object value{{"address", one.client.text()},
                     {"feed", one.feed},
                     {"who", one.who},
                     {"late", lateness_name(one.late)},
                     {"first_seen", format_time(one.first_seen)},
                     {"last_seen", format_time(one.last_seen)},
                     {"holds", one.holds.generation},
                     {"newest", one.newest},
                     {"behind", one.lacks_since.has_value()},
                     {"polls", one.polls},
                     {"ok", one.ok},
                     {"not_modified", one.not_modified},
                     {"other", one.other},
                     {"bytes", one.bytes},
                     {"user_agent", one.user_agent}};
  if (one.lacks_since) {
    value["behind_generations"] = one.newest > one.holds.generation ? one.newest - one.holds.generation : 0;
    value["behind_since"] = format_time(*one.lacks_since);
    value["behind_seconds"] =
        std::max<std::int64_t>(std::chrono::floor<std::chrono::seconds>(now - *one.lacks_since).count(), 0);
  }
  if (one.interval) value["interval_seconds"] = one.interval->count();
  return value;
}

constexpr std::size_t kUsualSubscribers = 1000;

// What Subscribers::comes_before() compares, and who: the list may change between two pages.
std::string cursor_of(const Subscriber& last) {
  const auto us = [](WallTime time) { return std::to_string(time.time_since_epoch().count()); };
  std::string text = last.late == Lateness::no ? "0" : "1";
  for (const std::string& part :
       {last.lacks_since ? us(*last.lacks_since) : "", us(last.last_seen), last.client.text(), last.feed, last.who})
    text += '\0' + part;
  return to_hex(text);
}

std::optional<Subscriber> subscriber_in(const std::string& cursor) {
  const auto text = from_hex(cursor);
  if (!text) return std::nullopt;
  std::vector<std::string> parts(1);
  for (const char c : *text) {
    if (c == '\0') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() != 6) return std::nullopt;
  const auto time = [](const std::string& part) -> std::optional<WallTime> {
    const auto us = whole_number(part);
    if (!us) return std::nullopt;
    return WallTime{std::chrono::microseconds{static_cast<std::int64_t>(*us)}};
  };
  const auto seen = time(parts[2]);
  const auto address = IpAddress::parse(parts[3]);
  if (!seen || !address) return std::nullopt;
  Subscriber one;
  one.late = parts[0] == "0" ? Lateness::no : Lateness::silent;
  one.lacks_since = time(parts[1]);
  one.last_seen = *seen;
  one.client = *address;
  one.feed = parts[4];
  one.who = parts[5];
  return one;
}

}  // namespace

json::object subscriber_totals(const Store& store) {
  const auto totals = store.subscribers->totals();
  return {{"subscribers", totals.subscribers}, {"behind", totals.behind}, {"late", totals.late}};
}

ApiAnswer api_subscribers(const Store& store, const Parameters& parameters) {
  const auto limit = limit_of(parameters, kUsualSubscribers, Subscribers::kMost);
  if (!limit) return api_problem(400, limit.error().what);
  const auto all = store.subscribers->list();
  auto next = all.begin();
  if (const std::string cursor = given(parameters, "cursor"); !cursor.empty()) {
    const auto last = subscriber_in(cursor);
    if (!last) return api_problem(400, wrong_cursor().what);
    next = std::upper_bound(all.begin(), all.end(), *last, Subscribers::comes_before);
  }
  const WallTime now = store.clock->wall();
  json::array list;
  for (; next != all.end() && list.size() < *limit; ++next) list.push_back(subscriber_value(*next, now));
  json::object body{{"now", format_time(now)}, {"subscribers", std::move(list)}};
  if (next != all.end()) body["next"] = cursor_of(*std::prev(next));
  return {200, std::move(body)};
}

ApiAnswer forget_subscriber(const ActionCall& call) {
  const auto text = text_member(call.body, "address", kLongestText),
             feed = text_member(call.body, "feed", kLongestText);
  for (const auto* member : {&text, &feed}) {
    if (!*member) return api_problem(400, member->error().what);
  }
  const auto address = IpAddress::parse(*text);
  if (!address) return api_problem(400, "\"address\": " + address.error().what);
  const std::size_t count = call.store.subscribers->forget(*address, *feed);
  if (!count)
    return api_problem(404, address->text() + (feed->empty() ? " fetches no feed" : " does not fetch " + *feed) +
                                "; `sinkfeed subscribers` lists who does");
  spdlog::info("subscriber {} {} was forgotten by {}", address->text(), *feed, call.who);
  if (const auto written = call.store.subscribers->write(); !written) return api_problem(503, written.error().what);
  return {200, json::object{{"forgotten", count}}};
}

}  // namespace sinkfeed
