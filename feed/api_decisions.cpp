#include "feed/api_decisions.hpp"

#include <spdlog/spdlog.h>

#include <functional>
#include <vector>

#include "feed/body_values.hpp"
#include "feed/json_values.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

struct Wanted {
  std::vector<IpAddress> addresses;
  std::optional<std::string> profile;
  std::optional<WallTime> until;
  std::string reason;
};

Result<Wanted> read(const ActionCall& call, bool takes_time) {
  Wanted wanted;
  const auto profile = text_member(call.body, "profile", kLongestText),
             time = text_member(call.body, "for", kLongestText),
             reason = text_member(call.body, "reason", kLongestText);
  for (const auto* member : {&profile, &time, &reason}) {
    if (!*member) return member->error();
  }
  if (reason->empty()) return Problem{"say in \"reason\" why, for whoever asks later"};
  wanted.reason = *reason;
  if (!profile->empty()) wanted.profile = *profile;
  if (!time->empty()) {
    if (!takes_time) return Problem{"undo has no \"for\": it takes back what was decided"};
    const auto duration = parse_duration(*time);
    if (!duration) return Problem{"\"for\": " + duration.error().what};
    if (duration->count() <= 0) return Problem{"\"for\" is longer than nothing, like 2h"};
    wanted.until = call.store.clock->wall() + *duration;
  }
  const json::value* addresses = call.body.if_contains("addresses");
  if (!addresses || !addresses->is_array() || addresses->as_array().empty() ||
      addresses->as_array().size() > kMostDecided)
    return Problem{"\"addresses\" is a list of 1 to " + std::to_string(kMostDecided) + " addresses"};
  for (const json::value& item : addresses->as_array()) {
    if (!item.is_string()) return Problem{"\"addresses\" is a list of texts, like [\"192.0.2.7\"]"};
    const auto address = IpAddress::parse(std::string_view(item.as_string()));
    if (!address) return Problem{"\"addresses\": " + address.error().what};
    wanted.addresses.push_back(*address);
  }
  return wanted;
}

using Decide = std::function<Result<std::vector<LedgerEntry>>(const IpAddress&, const Wanted&)>;

ApiAnswer decide_each(const ActionCall& call, const char* what, const Decide& decide) {
  const auto wanted = read(call, std::string_view(what) != "undo");
  if (!wanted) return api_problem(400, wanted.error().what);
  json::array results;
  bool any = false;
  std::string problem;
  for (const IpAddress& address : wanted->addresses) {
    json::object result{{"address", address.text()}};
    if (const auto entries = decide(address, *wanted)) {
      any = true;
      json::array values;
      for (const LedgerEntry& entry : *entries) values.push_back(entry_value(entry));
      result["entries"] = std::move(values);
      spdlog::info("{} {} by {}: {}", what, address.text(), call.who, wanted->reason);
    } else {
      problem = entries.error().what;
      result["problem"] = problem;
    }
    results.push_back(std::move(result));
  }
  // One that failed of several is told of beside those that did not.
  if (!any) return api_problem(409, problem);
  json::object body{{"what", what},
                    {"by", call.who},
                    {"results", std::move(results)},
                    {"generation", call.store.ledger->current()->number}};
  if (wanted->until) body["until"] = format_time(*wanted->until);
  return {200, std::move(body)};
}

ApiAnswer rule(const ActionCall& call, const char* what, Ruling::Kind kind) {
  return decide_each(call, what, [&](const IpAddress& address, const Wanted& wanted) {
    return call.store.ledger->decide(address, wanted.profile,
                                     {kind, call.store.clock->wall(), wanted.until, call.who, wanted.reason});
  });
}

}  // namespace

ApiAnswer hold_addresses(const ActionCall& call) { return rule(call, "hold", Ruling::Kind::hold); }
ApiAnswer release_addresses(const ActionCall& call) { return rule(call, "release", Ruling::Kind::release); }
ApiAnswer allow_addresses(const ActionCall& call) { return rule(call, "allow", Ruling::Kind::allow); }

ApiAnswer forget_addresses(const ActionCall& call) {
  return decide_each(call, "forget",
                     [&](const IpAddress& address, const Wanted& wanted) -> Result<std::vector<LedgerEntry>> {
                       const auto forgotten =
                           call.store.ledger->forget(address, wanted.profile, call.who, wanted.reason, wanted.until);
                       if (!forgotten) return forgotten.error();
                       return std::vector<LedgerEntry>{};
                     });
}

ApiAnswer undo_addresses(const ActionCall& call) {
  return decide_each(call, "undo", [&](const IpAddress& address, const Wanted& wanted) {
    return call.store.ledger->undo(address, wanted.profile, call.who, wanted.reason);
  });
}

}  // namespace sinkfeed
