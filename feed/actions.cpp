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
  const auto changed = call.daemon.reload();
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

using Members = std::string_view;
constexpr std::array kObserved{Members("profile"), Members("vantage"), Members("addresses"), Members("detail"),
                               Members("reason")};
constexpr std::array kRuling{Members("addresses"), Members("profile"), Members("for"), Members("reason")};
constexpr std::array kUndo{Members("addresses"), Members("profile"), Members("reason")};
constexpr std::array kSubscriber{Members("address"), Members("feed")};
constexpr std::array kRollback{Members("generation"), Members("reason")};
constexpr std::array kReason{Members("reason")};
constexpr std::array kTime{Members("since"), Members("until"), Members("reason")};
constexpr std::array kRelease{Members("hold"), Members("reason")};
constexpr std::array kErase{Members("client"), Members("reason")};
constexpr std::array kAttest{Members("client"), Members("name"),   Members("type"),  Members("verdict"),
                             Members("rcode"),  Members("answer"), Members("since"), Members("until")};
constexpr std::array kToken{Members("name"), Members("scopes"), Members("expires")};
constexpr std::array kRotate{Members("name"), Members("overlap")};
constexpr std::array kName{Members("name")};

constexpr std::array kActions{Action{"reload", Scope::admin, {}, reload, true},
                              Action{"backup", Scope::admin, {}, backup},
                              Action{"ips/observed", Scope::observe, kObserved, observe, true},
                              Action{"ips/hold", Scope::admin, kRuling, hold_addresses},
                              Action{"ips/release", Scope::admin, kRuling, release_addresses},
                              Action{"ips/allow", Scope::admin, kRuling, allow_addresses},
                              Action{"subscribers/forget", Scope::admin, kSubscriber, forget_subscriber},
                              Action{"ips/forget", Scope::admin, kRuling, forget_addresses},
                              Action{"ips/undo", Scope::admin, kUndo, undo_addresses},
                              Action{"feeds/rollback", Scope::admin, kRollback, roll_feeds_back},
                              Action{"feeds/release", Scope::admin, kReason, release_feeds},
                              Action{"history/hold", Scope::admin, kTime, hold_history},
                              Action{"history/release", Scope::admin, kRelease, release_history},
                              Action{"history/erase", Scope::admin, kErase, erase_from_history},
                              Action{"history/attest", Scope::admin, kAttest, attest_export},
                              Action{"history/checkpoint", Scope::admin, {}, make_checkpoint},
                              Action{"tokens/create", std::nullopt, kToken, create_token},
                              Action{"tokens/rotate", std::nullopt, kRotate, rotate_token},
                              Action{"tokens/revoke", std::nullopt, kName, revoke_token}};

}  // namespace

std::span<const Action> actions() { return kActions; }

const Action* find_action(std::string_view name) {
  for (const Action& action : kActions) {
    if (action.name == name) return &action;
  }
  return nullptr;
}

}  // namespace sinkfeed
