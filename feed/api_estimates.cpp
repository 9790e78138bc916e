#include "feed/api_estimates.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::size_t kLeastSeen = 5;

json::object target_value(const TargetEstimate& target) {
  json::object value{{"name", target.name.text()}, {"profile", target.profile}};
  for (const auto& member : pool_value(target.pool)) value.insert(member);
  return value;
}

}  // namespace

json::object pool_value(const PoolEstimate& pool) {
  return {{"seen", pool.seen}, {"estimated", pool.estimated}, {"low", pool.low},
          {"high", pool.high}, {"answers", pool.answers},     {"complete", pool.is_complete}};
}

json::array least_seen(const Store& store) {
  json::array list;
  for (const TargetEstimate& target : store.estimates.targets()) {
    if (list.size() == kLeastSeen || !target.pool.unseen()) break;
    list.push_back(target_value(target));
  }
  return list;
}

ApiAnswer api_estimates(const Store& store, const Parameters& parameters) {
  const auto wanted = parameters.find("profile");
  const bool is_one = wanted != parameters.end() && !wanted->second.empty();
  if (is_one && !store.configuration()->catalogue->find_profile(wanted->second))
    return api_problem(404, "no profile \"" + wanted->second + "\" is loaded");
  json::object profiles;
  for (const auto& [profile, pool] : store.estimates.profiles()) {
    if (!is_one || profile == wanted->second) profiles[profile] = pool_value(pool);
  }
  json::array targets;
  for (const TargetEstimate& target : store.estimates.targets()) {
    if (!is_one || target.profile == wanted->second) targets.push_back(target_value(target));
  }
  return {200, json::object{{"profiles", std::move(profiles)}, {"targets", std::move(targets)}}};
}

}  // namespace sinkfeed
