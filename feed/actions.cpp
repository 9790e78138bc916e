#include "feed/actions.hpp"

#include <array>

#include "feed/api_attest.hpp"
#include "feed/api_decisions.hpp"
#include "feed/api_evidence.hpp"
#include "feed/api_held_back.hpp"
#include "feed/api_observed.hpp"
#include "feed/api_subscribers.hpp"
#include "feed/api_tokens.hpp"
#include "store/backup.hpp"

namespace sinkfeed {

namespace {

ApiAnswer reload(const ActionCall& call) {
  const auto changed = call.reload();
  if (!changed) return api_problem(409, changed.error().what);
  boost::json::array names;
  for (const std::string& name : *changed) names.push_back(boost::json::value(name));
  return {200, boost::json::object{{"changed", std::move(names)}}};
}

ApiAnswer backup(const ActionCall& call) {
  const Store& store = call.store;
  const auto made = back_up(store.configuration()->settings.store.path, *store.database, store.clock->wall());
  if (!made) return api_problem(507, made.error().what);
  return {200, boost::json::object{{"backup", made->string()}}};
}

constexpr std::array kActions{Action{"reload", Scope::admin, false, reload, true},
                              Action{"backup", Scope::admin, false, backup},
                              Action{"ips/observed", Scope::observe, true, observe, true},
                              Action{"ips/hold", Scope::admin, true, hold_addresses},
                              Action{"ips/release", Scope::admin, true, release_addresses},
                              Action{"ips/allow", Scope::admin, true, allow_addresses},
                              Action{"subscribers/forget", Scope::admin, true, forget_subscriber},
                              Action{"ips/forget", Scope::admin, true, forget_addresses},
                              Action{"ips/undo", Scope::admin, true, undo_addresses},
                              Action{"feeds/rollback", Scope::admin, true, roll_feeds_back},
                              Action{"feeds/release", Scope::admin, true, release_feeds},
                              Action{"history/hold", Scope::admin, true, hold_history},
                              Action{"history/release", Scope::admin, true, release_history},
                              Action{"history/erase", Scope::admin, true, erase_from_history},
                              Action{"history/attest", Scope::admin, true, attest_export},
                              Action{"history/checkpoint", Scope::admin, false, make_checkpoint},
                              Action{"tokens/create", std::nullopt, true, create_token},
                              Action{"tokens/rotate", std::nullopt, true, rotate_token},
                              Action{"tokens/revoke", std::nullopt, true, revoke_token}};

}  // namespace

const Action* find_action(std::string_view name) {
  for (const Action& action : kActions) {
    if (action.name == name) return &action;
  }
  return nullptr;
}

}  // namespace sinkfeed
