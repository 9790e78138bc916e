#include "feed/api_held_back.hpp"

#include <spdlog/spdlog.h>

#include "feed/body_values.hpp"
#include "feed/parameters.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kDefaultWaiting = 100, kMostWaiting = 10'000;

Result<std::string> reason_of(const ActionCall& call) {
  auto reason = text_member(call.body, "reason", kLongestText);
  if (reason && reason->empty()) return Problem{"say in \"reason\" why, for whoever asks later"};
  return reason;
}

}  // namespace

ApiAnswer api_waiting(const Store& store, const Parameters& parameters) {
  const auto limit = limit_of(parameters, kDefaultWaiting, kMostWaiting);
  if (!limit) return api_problem(400, limit.error().what);
  const auto after = place_of(parameters);
  if (!after) return api_problem(400, after.error().what);
  const FeedsHeldBack held = store.ledger->held_back(*limit, *after);
  json::object body{{"all", held.all}};
  if (held.pin)
    body["pin"] = json::object{{"to", held.pin->to},
                               {"generation", held.pin->made},
                               {"since", format_time(held.pin->since)},
                               {"by", held.pin->by},
                               {"reason", held.pin->reason}};
  json::array profiles;
  for (const auto& [profile, of] : held.profiles) {
    json::object value{{"profile", profile}, {"coming", of.coming}, {"going", of.going}};
    if (of.hold.coming) value["coming_held_since"] = format_time(*of.hold.coming);
    if (of.hold.going) value["going_held_since"] = format_time(*of.hold.going);
    profiles.push_back(std::move(value));
  }
  json::array waiting;
  for (const GenerationChange& change : held.waiting)
    waiting.push_back(json::object{{"change", change.added ? "comes" : "goes"},
                                   {"profile", change.profile},
                                   {"address", change.address.text()},
                                   {"reason", change.reason}});
  body["profiles"] = std::move(profiles);
  body["waiting"] = std::move(waiting);
  if (held.waiting.size() == *limit)
    body["next"] = place_text({held.waiting.back().profile, held.waiting.back().address});
  return {200, std::move(body)};
}

ApiAnswer roll_feeds_back(const ActionCall& call) {
  const auto reason = reason_of(call);
  if (!reason) return api_problem(400, reason.error().what);
  const json::value* number = call.body.if_contains("generation");
  boost::system::error_code error;
  const auto generation = number && number->is_number() ? number->to_number<std::uint64_t>(error) : 0;
  if (error || !generation) return api_problem(400, "\"generation\" is the number of the generation to go back to");
  const auto done = call.store.ledger->roll_back(generation, call.who, *reason);
  if (!done) return api_problem(409, done.error().what);
  spdlog::info("the feeds are set back to generation {} by {}: {}", generation, call.who, *reason);
  return {200,
          json::object{
              {"to", generation}, {"generation", done->generation}, {"kept_out", done->kept_out}, {"by", call.who}}};
}

ApiAnswer release_feeds(const ActionCall& call) {
  const auto reason = reason_of(call);
  if (!reason) return api_problem(400, reason.error().what);
  const auto done = call.store.ledger->release_feeds(call.who, *reason);
  if (!done) return api_problem(409, done.error().what);
  spdlog::info("what was held back from the feeds is released by {}: {}", call.who, *reason);
  return {200,
          json::object{{"released", *done}, {"generation", call.store.ledger->current()->number}, {"by", call.who}}};
}

}  // namespace sinkfeed
