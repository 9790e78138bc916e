#include "feed/api_calls.hpp"

#include <algorithm>
#include <array>

#include "feed/api_decisions.hpp"
#include "feed/api_diff.hpp"
#include "feed/api_estimates.hpp"
#include "feed/api_evidence.hpp"
#include "feed/api_feeds.hpp"
#include "feed/api_held_back.hpp"
#include "feed/api_history.hpp"
#include "feed/api_history_tail.hpp"
#include "feed/api_ips.hpp"
#include "feed/api_plan.hpp"
#include "feed/api_status.hpp"
#include "feed/api_subscribers.hpp"
#include "feed/api_tokens.hpp"
#include "feed/api_why.hpp"

namespace sinkfeed {

namespace {

using Names = std::string_view;
constexpr std::array<Names, 0> kNone{};
constexpr std::array kOne{Names("profile")};
constexpr std::array kIps{Names("profile"), Names("state"),   Names("sharing"), Names("fresh"), Names("family"),
                          Names("name"),    Names("network"), Names("limit"),   Names("cursor")};
constexpr std::array kDecisions{Names("address"), Names("limit"), Names("cursor")};
constexpr std::array kQuery{Names("name"), Names("type")};
constexpr std::array kPages{Names("limit"), Names("cursor")};
constexpr std::array kTime{Names("time")};
constexpr std::array kDiff{Names("feed"), Names("from"), Names("to")};
constexpr std::array kEditions{Names("feed"), Names("family"), Names("limit"), Names("networks")};
constexpr std::array kSubject{Names("subject")};
constexpr std::array kPlan{Names("profile"), Names("since"), Names("shared")};
constexpr std::array kTimeline{Names("since"), Names("until"), Names("points")};
constexpr std::array kPassiveDns{Names("q")};
constexpr std::array kVerify{Names("cursor"), Names("since"), Names("until")};
constexpr std::array kLinks{Names("numbers"), Names("after"), Names("before"), Names("limit"), Names("kind")};

// The conditions of a search, and what else there is beside them.
template <std::size_t kCount>
constexpr std::array<Names, 8 + kCount> conditions_and(const std::array<Names, kCount>& others) {
  std::array<Names, 8 + kCount> all{"client", "name", "type", "verdict", "rcode", "answer", "since", "until"};
  std::copy(others.begin(), others.end(), all.begin() + 8);
  return all;
}
constexpr auto kHistory = conditions_and(std::array{Names("limit"), Names("order"), Names("cursor"), Names("count")});
constexpr auto kTop = conditions_and(std::array{Names("by"), Names("width"), Names("limit")});
constexpr auto kTail = conditions_and(std::array{Names("after")});
constexpr auto kExport = conditions_and(std::array{Names("format"), Names("limit")});

// A call that needs not be stopped.
template <ApiAnswer (*kRun)(const Store&, const Parameters&)>
ApiAnswer at_once(const Store& store, const Parameters& parameters, const std::stop_token&) {
  return kRun(store, parameters);
}
ApiAnswer tokens(const Store& store, const Parameters&, const std::stop_token&) { return list_tokens(store); }

using enum ApiCall::Pace;
constexpr auto kCalls = std::to_array<ApiCall>({
    {"status", Scope::read, quick, kNone, at_once<api_status>},
    {"whoami", std::nullopt, quick, kNone},
    {"openapi.json", std::nullopt, quick, kNone},
    {"live", Scope::read, quick, kNone},
    {"query", Scope::read, search, kQuery},
    {"check", Scope::admin, quick, kNone},
    {"timeline", Scope::read, quick, kTimeline, at_once<api_timeline>},
    {"upstreams", Scope::read, quick, kNone, at_once<api_upstreams>},
    {"ips", Scope::read, quick, kIps, at_once<api_ips>},
    {"passive-dns", Scope::read, quick, kPassiveDns},
    {"estimates", Scope::read, quick, kOne, at_once<api_estimates>},
    {"decisions", Scope::read, quick, kDecisions, at_once<api_decisions>},
    {"why", Scope::read, search, kSubject, api_why},
    {"plan", Scope::read, search, kPlan, api_plan},
    {"feeds", Scope::feed, quick, kNone, at_once<api_feeds>},
    {"formats", Scope::feed, quick, kNone, at_once<api_formats>},
    {"generations", Scope::feed, quick, kPages, at_once<api_generations>},
    {"generation-at", Scope::feed, quick, kTime, at_once<api_generation_at>},
    {"diff", Scope::feed, quick, kDiff, at_once<api_diff>},
    {"waiting", Scope::feed, quick, kPages, at_once<api_waiting>},
    {"editions", Scope::feed, quick, kEditions, at_once<api_editions>},
    {"subscribers", Scope::feed, quick, kPages, at_once<api_subscribers>},
    {"history", Scope::read, search, kHistory, api_history},
    {"history/top", Scope::read, search, kTop, api_history_top},
    {"history/tail", Scope::read, quick, kTail, at_once<api_history_tail>},
    {"history/export", Scope::read, stream, kExport},
    {"history/verify", Scope::read, search, kVerify,
     [](const Store& store, const Parameters& given, const std::stop_token&) { return api_verify(store, given); }},
    {"history/links", Scope::read, quick, kLinks, at_once<api_links>},
    {"history/holds", Scope::read, quick, kNone, at_once<api_holds>},
    {"history/erasure", Scope::read, quick, kNone, at_once<api_erasure>},
    {"tokens", Scope::admin, quick, kNone, tokens},
});

}  // namespace

std::span<const ApiCall> api_calls() { return kCalls; }

const ApiCall* find_call(std::string_view name) {
  for (const ApiCall& call : kCalls) {
    if (call.name == name) return &call;
  }
  return nullptr;
}

std::string unknown_parameter(const ApiCall& call, const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    if (std::find(call.parameters.begin(), call.parameters.end(), name) != call.parameters.end()) continue;
    std::string known;
    for (const std::string_view one : call.parameters) known += (known.empty() ? "" : ", ") + std::string(one);
    return "there is no parameter \"" + name + "\" here; " +
           (known.empty() ? "this call takes none" : "there are " + known);
  }
  return "";
}

}  // namespace sinkfeed
