#include "feed/routes.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "feed/action_links.hpp"
#include "feed/api.hpp"
#include "feed/caller.hpp"
#include "feed/format.hpp"
#include "feed/metrics.hpp"
#include "feed/out/api_export.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kApi = "/api/v1/", kExport = "/api/v1/history/export";

HttpAnswer json_answer(const ApiAnswer& from) {
  HttpAnswer answer = text_answer(from.status, boost::json::serialize(from.body) + "\n");
  answer.media_type = from.status >= 400 ? "application/problem+json" : "application/json";
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

HttpAnswer refused(const Refusal& refusal) {
  HttpAnswer answer = json_answer(api_problem(refusal.status, refusal.sentence));
  if (refusal.status == 401) answer.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"sinkfeed\"");
  if (refusal.status == 503) answer.headers.emplace_back("Retry-After", "30");
  return answer;
}

// A firewall whose credentials fail may stop enforcing its list: 401 and 403 are his fault, never ours.
bool is_of_feeds(std::string_view path) { return path.starts_with(FeedRoutes::kFolder) || TaxiiRoutes::has(path); }

HttpAnswer feed_refused(std::string_view path, const Refusal& refusal) {
  HttpAnswer answer = Routes::refusal(path, refusal.status, refusal.sentence);
  if (refusal.status == 401)
    answer.headers.emplace_back("WWW-Authenticate", "Basic realm=\"sinkfeed\", Bearer realm=\"sinkfeed\"");
  if (refusal.status == 503) answer.headers.emplace_back("Retry-After", "30");
  return answer;
}

HttpAnswer only_get() {
  HttpAnswer answer = text_answer(405, "# only GET and HEAD are served here\n");
  answer.headers.emplace_back("Allow", "GET, HEAD");
  return answer;
}

HttpAnswer scope_too_small(std::optional<Scope> needed) {
  return json_answer(api_problem(
      403, needed ? "this token may not do that: it takes one with the scope " + std::string(scope_name(*needed))
                  : "the machine itself does that, without a token"));
}

// Of a call that only tells something.
Scope scope_of(std::string_view call) {
  if (call == "tokens") return Scope::admin;
  constexpr std::array<std::string_view, 7> kOfFeeds{"feeds",   "generations", "generation-at", "diff",
                                                     "waiting", "editions",    "subscribers"};
  const bool is_of_feeds = std::find(kOfFeeds.begin(), kOfFeeds.end(), call) != kOfFeeds.end();
  return is_of_feeds ? Scope::feed : Scope::read;
}

const Action* action_of(const HttpRequest& request) {
  return request.path.starts_with(kApi) ? find_action(std::string_view(request.path).substr(kApi.size())) : nullptr;
}

// A page in a browser on this machine could send a POST too, without a token; but browsers say where it comes from. A
// name that is not ours may have been made to lead here.
bool is_of_another_site(const HttpRequest& request) {
  if (request.origin.empty()) return false;
  const bool is_ours =
      request.host.substr(0, request.host.find(':')) == "localhost" || Endpoint::parse(request.host, 80).has_value();
  return !is_ours || request.origin != (request.is_tls ? "https://" : "http://") + request.host;
}

// The media type alone: parameters, as charset, change nothing for JSON.
bool is_json(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  content_type = content_type.substr(0, content_type.find_last_not_of(' ') + 1);
  return content_type.size() == 16 && strncasecmp(content_type.data(), "application/json", 16) == 0;
}

}  // namespace

Routes::Pace Routes::pace(const HttpRequest& request) const {
  if (TaxiiRoutes::has(request.path) || CrowdsecRoutes::has(request.path) || MispRoutes::has(request.path))
    return Pace::feed;
  if (request.path.starts_with(FeedRoutes::kFolder)) return feeds_.is_ready(request) ? Pace::at_once : Pace::feed;
  if (!request.path.starts_with(kApi)) return Pace::at_once;
  if (request.path == kExport) return Pace::stream;
  const std::string_view call = std::string_view(request.path).substr(kApi.size());
  return is_search(call) || call == "history/attest" ? Pace::search : Pace::call;
}

bool Routes::takes_body(const HttpRequest& request) const {
  const Action* action = action_of(request);
  const bool takes = action ? action->takes_body : TaxiiRoutes::has(request.path) || CrowdsecRoutes::has(request.path);
  return takes && request.method == "POST" && is_allowed(request);
}

HttpAnswer Routes::refusal(std::string_view path, unsigned status, const std::string& sentence) {
  if (path.starts_with(kApi)) return json_answer(api_problem(status, sentence));
  if (TaxiiRoutes::has(path)) return TaxiiRoutes::problem(status, sentence);
  return CrowdsecRoutes::has(path) ? CrowdsecRoutes::message(status, sentence) : feed_error(status, sentence);
}

bool Routes::is_allowed(const HttpRequest& request) const {
  if (request.is_from_here()) return true;
  const auto configuration = store_.configuration();
  const auto& allow = configuration->settings.http.allow;
  return std::any_of(allow.begin(), allow.end(),
                     [&](const Network& network) { return network.contains(request.client); });
}

HttpAnswer Routes::answer(const HttpRequest& request, const std::stop_token& stop) const {
  HttpAnswer answer = found(request, stop);
  if (request.path.starts_with(FeedRoutes::kFolder)) store_.subscribers->count(answer.status);
  return answer;
}

HttpAnswer Routes::found(const HttpRequest& request, const std::stop_token& stop) const {
  if (!is_allowed(request)) return refusal(request.path, 403, "this client is not in http.allow");
  if (const Action* action = action_of(request)) return act(*action, request);
  if (is_of_feeds(request.path)) {
    // A bouncer has to show a key even where nobody needs one: there it may be any word.
    const auto reader = feed_reader(request, store_, !CrowdsecRoutes::has(request.path));
    if (const auto* refusal = std::get_if<Refusal>(&reader)) return feed_refused(request.path, *refusal);
    if (std::get<std::string>(reader).empty()) return feed(request);
    HttpRequest known = request;
    known.who = std::get<std::string>(reader);
    return feed(known);
  }
  if (request.method != "GET") return only_get();
  if (request.path == "/healthz") return text_answer(200, "ok\n");
  if (request.path == "/readyz") return ready();
  if (request.path == "/metrics") return metrics();
  if (request.path.starts_with(kApi)) return api(request, stop);
  if (request.path == "/")
    return request.is_from_here() ? front_page() : feed_error(403, "this page is for the machine itself");
  return feed_error(404, "there is nothing here; feeds are under /feed/");
}

HttpAnswer Routes::feed(const HttpRequest& request) const {
  if (TaxiiRoutes::has(request.path)) return taxii_.answer(request);
  if (CrowdsecRoutes::has(request.path)) return crowdsec_.answer(request);
  if (request.method != "GET") return only_get();
  return MispRoutes::has(request.path) ? misp_.answer(request) : feeds_.answer(request);
}

HttpAnswer Routes::ready() const {
  const auto problems = store_.health.problems();
  std::string text = problems.empty() ? "ready\n" : "";
  for (const auto& [part, problem] : problems) text += part + ": " + problem + "\n";
  for (const auto& [part, warning] : store_.health.warnings()) text += "warning: " + part + ": " + warning + "\n";
  return text_answer(problems.empty() ? 200 : 503, std::move(text));
}

HttpAnswer Routes::metrics() const {
  HttpAnswer answer = text_answer(200, metrics_text(store_));
  answer.media_type = "text/plain; version=0.0.4; charset=utf-8";
  return answer;
}

HttpAnswer Routes::api(const HttpRequest& request, const std::stop_token& stop) const {
  const std::string_view call = std::string_view(request.path).substr(kApi.size());
  const auto caller = identify(request, store_);
  if (const auto* refusal = std::get_if<Refusal>(&caller)) return refused(*refusal);
  if (!std::get<Caller>(caller).may(scope_of(call))) return scope_too_small(scope_of(call));
  if (request.path == kExport) return history_export(request, stop);
  return json_answer(call_api(store_, call, request.query, stop));
}

HttpAnswer Routes::history_export(const HttpRequest& request, const std::stop_token& stop) const {
  auto answer = stream_history(store_, request.query, stop);
  if (const auto* problem = std::get_if<ApiAnswer>(&answer)) return json_answer(*problem);
  return std::get<HttpAnswer>(std::move(answer));
}

HttpAnswer Routes::act(const Action& action, const HttpRequest& request) const {
  const auto identified = identify(request, store_);
  if (const auto* refusal = std::get_if<Refusal>(&identified)) return refused(*refusal);
  const auto& caller = std::get<Caller>(identified);
  if (!caller.may(action.scope)) return scope_too_small(action.scope);
  if (request.method != "POST") {
    HttpAnswer answer =
        json_answer(api_problem(405, std::string(action.name) + " makes the daemon do something: it takes POST"));
    answer.headers.emplace_back("Allow", "POST");
    return answer;
  }
  if (caller.may_be_a_page && is_of_another_site(request))
    return json_answer(api_problem(403, "this comes from a page of " + request.origin + ", which may not do it"));
  boost::json::object body;
  if (action.takes_body) {
    if (!is_json(request.content_type))
      return json_answer(api_problem(415, "send the body as JSON, with Content-Type: application/json"));
    boost::system::error_code error;
    boost::json::value parsed = boost::json::parse(request.body, error);
    if (error || !parsed.is_object())
      return json_answer(
          api_problem(400, "the body is no JSON object" + (error ? ": " + error.message() : std::string())));
    body = std::move(parsed.as_object());
  }
  const std::string who = caller.who(request);
  // Those who may only observe are no administrators: what they report is in the ledger, with who did.
  const bool is_observer = action.scope == Scope::observe && !caller.may(Scope::admin);
  const auto link = is_observer ? Result<std::uint64_t>(0) : record_action(store_, action, who, body);
  if (!link)
    return json_answer(
        api_problem(503, "it is not done, because the chain of evidence cannot tell of it: " + link.error().what));
  ApiAnswer done = action.run({store_, reload_, who, body, *link});
  if (done.status >= 400 && !is_observer) record_refusal(store_, *link, std::string(action.name), done);
  return json_answer(done);
}

HttpAnswer Routes::front_page() const {
  const auto generation = snapshots_.generation();
  std::string text = "sinkfeed " SINKFEED_VERSION ", generation " + std::to_string(generation->number) + "\n\n";
  for (const FeedDefinition& feed : store_.configuration()->feeds) text += "  /feed/" + feed.name + ".FORMAT\n";
  text += "  /taxii2/\n";
  text += "\nFormats\n  .events\n      sinkfeed agent, scripts: each change as it comes, as text/event-stream\n";
  for (const FeedFormat* format : feed_formats()) {
    const FormatFacts& facts = format->facts();
    text += "  ." + std::string(facts.extension) + "\n      " + std::string(facts.products) + ": " +
            std::string(facts.subscribe) + "\n";
  }
  text +=
      "\nState\n  /readyz\n  /metrics\n  /api/v1/status\n  /api/v1/ips\n  /api/v1/decisions\n  /api/v1/estimates\n  "
      "/api/v1/why?subject=ADDRESS-OR-NAME\n  /api/v1/plan?profile=NAME\n  "
      "/api/v1/history?name=NAME&client=NETWORK\n  /api/v1/generations\n  /api/v1/feeds\n";
  return text_answer(200, std::move(text));
}

}  // namespace sinkfeed
