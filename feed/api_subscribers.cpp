#include "feed/api_subscribers.hpp"

#include <spdlog/spdlog.h>

#include "feed/body_values.hpp"

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

}  // namespace

json::object subscriber_totals(const Store& store) {
  const auto totals = store.subscribers->totals();
  return {{"subscribers", totals.subscribers}, {"behind", totals.behind}, {"late", totals.late}};
}

ApiAnswer api_subscribers(const Store& store, const Parameters&) {
  const WallTime now = store.clock->wall();
  json::array list;
  for (const Subscriber& one : store.subscribers->list()) list.push_back(subscriber_value(one, now));
  return {200, json::object{{"now", format_time(now)}, {"subscribers", std::move(list)}}};
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
