#include "feed/routes.hpp"

#include <strings.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "feed/action_links.hpp"
#include "feed/api_calls.hpp"
#include "feed/api_daemon.hpp"
#include "feed/api_whoami.hpp"
#include "feed/caller.hpp"
#include "feed/content_coding.hpp"
#include "feed/format.hpp"
#include "feed/metrics.hpp"
#include "feed/out/api_export.hpp"
#include "feed/own_site.hpp"
#include "feed/parameters.hpp"
#include "feed/passive_dns.hpp"
#include "feed/web_files.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kApi = "/api/v1/";
constexpr const char* kNotAllowed = "this client is not in http.allow";

// What a browser must not do with it: keep it, or take it for a page.
void mark_as_data(HttpAnswer& answer) {
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Content-Type-Options", "nosniff");
}

HttpAnswer json_answer(const ApiAnswer& from) {
  HttpAnswer answer = text_answer(from.status, boost::json::serialize(from.body) + "\n");
  answer.media_type = from.status >= 400 ? "application/problem+json" : "application/json";
  mark_as_data(answer);
  return answer;
}

HttpAnswer json_text(std::string text, std::string_view media_type) {
  HttpAnswer answer = text_answer(200, std::move(text));
  answer.media_type = media_type;
  mark_as_data(answer);
  return answer;
}

// For another machine, which has a network between: the body in the coding that it prefers.
void pack(HttpAnswer& answer, const HttpRequest& request) {
  constexpr std::size_t kLeast = 2048;
  const Coding coding = wanted_coding(request.accept_encoding);
  if (request.is_from_here() || !answer.body || answer.body->size() < kLeast || coding == Coding::identity) return;
  std::string packed = encoded(coding, *answer.body);
  if (packed.empty()) return;
  answer.body = std::make_shared<const std::string>(std::move(packed));
  answer.headers.emplace_back("Content-Encoding", coding_name(coding));
  answer.headers.emplace_back("Vary", "Accept-Encoding");
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

HttpAnswer only_get(std::string_view path) {
  HttpAnswer answer = Routes::refusal(path, 405, "only GET and HEAD are served here");
  answer.headers.emplace_back("Allow", "GET, HEAD");
  return answer;
}

ApiAnswer another_name(const HttpRequest& request) {
  return api_problem(403,
                     "this machine is not called \"" + request.host +
                         "\": ask for it by its address, as localhost, or by its own name; other names need a token");
}

HttpAnswer scope_too_small(std::optional<Scope> needed) {
  return json_answer(api_problem(
      403, needed ? "this token may not do that: it takes one with the scope " + std::string(scope_name(*needed))
                  : "the machine itself does that, without a token"));
}

const Action* action_of(const HttpRequest& request) {
  return request.path.starts_with(kApi) ? find_action(std::string_view(request.path).substr(kApi.size())) : nullptr;
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
  // Metrics go through all subscribers: not on the thread that answers polls.
  if (PageRoutes::has(request) || request.path == "/metrics") return Pace::feed;
  if (!request.path.starts_with(kApi)) return Pace::at_once;
  const std::string_view name = std::string_view(request.path).substr(kApi.size());
  if (name == "history/attest") return Pace::search;
  const ApiCall* const call = find_call(name);
  if (!call || call->pace == ApiCall::Pace::quick) return Pace::call;
  return call->pace == ApiCall::Pace::search ? Pace::search : Pace::stream;
}

bool Routes::takes_body(const HttpRequest& request) const {
  const Action* action = action_of(request);
  const bool takes =
      action ? action->takes_body() : TaxiiRoutes::has(request.path) || CrowdsecRoutes::has(request.path);
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
  if (!is_of_feeds(request.path)) return found(request, stop);
  std::string who;
  HttpAnswer answer = of_feeds(request, who);
  store_.subscribers->count(answer.status, who);
  return answer;
}

HttpAnswer Routes::of_feeds(const HttpRequest& request, std::string& who) const {
  if (!is_allowed(request)) return refusal(request.path, 403, kNotAllowed);
  // A bouncer has to show a key even where nobody needs one: there it may be any word.
  auto reader = feed_reader(request, store_, !CrowdsecRoutes::has(request.path));
  if (const auto* refusal = std::get_if<Refusal>(&reader)) return feed_refused(request.path, *refusal);
  who = std::get<std::string>(std::move(reader));
  if (who.empty()) return feed(request);
  HttpRequest known = request;
  known.who = who;
  return feed(known);
}

HttpAnswer Routes::found(const HttpRequest& request, const std::stop_token& stop) const {
  if (!is_allowed(request)) return refusal(request.path, 403, kNotAllowed);
  if (const Action* action = action_of(request)) return act(*action, request);
  if (request.method != "GET") return only_get(request.path);
  if (request.path == "/healthz") return text_answer(200, "ok\n");
  if (request.path == "/readyz") return ready();
  if (request.path == "/metrics") return metrics();
  if (request.path.starts_with(kApi)) return api(request, stop);
  if (PageRoutes::has(request)) return page_.answer(request);
  if (request.path == "/")
    return request.is_from_here() ? front_page() : feed_error(403, "without HTML, this page is for the machine itself");
  return feed_error(404, "there is nothing here; feeds are under /feed/, the page is /");
}

HttpAnswer Routes::feed(const HttpRequest& request) const {
  if (TaxiiRoutes::has(request.path)) return taxii_.answer(request);
  if (CrowdsecRoutes::has(request.path)) return crowdsec_.answer(request);
  if (request.method != "GET") return only_get(request.path);
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
  const std::string_view name = std::string_view(request.path).substr(kApi.size());
  const auto identified = identify(request, store_);
  if (const auto* refusal = std::get_if<Refusal>(&identified)) return refused(*refusal);
  const auto& caller = std::get<Caller>(identified);
  // A page of another site, whose name was made to lead here, could read what needs no token (DNS rebinding).
  if (caller.is_the_machine() && !is_asked_as_ours(request)) return json_answer(another_name(request));
  const ApiCall* const call = find_call(name);
  if (!call) return json_answer(call_api(store_, name, request.query, stop));
  if (call->scope && !caller.may(call->scope)) return scope_too_small(call->scope);
  HttpAnswer answer =
      call->run ? json_answer(call_api(store_, name, request.query, stop)) : special(*call, request, caller, stop);
  pack(answer, request);
  return answer;
}

HttpAnswer Routes::special(const ApiCall& call, const HttpRequest& request, const Caller& caller,
                           const std::stop_token& stop) const {
  if (const std::string wrong = unknown_parameter(call, request.query); !wrong.empty())
    return json_answer(api_problem(400, wrong));
  if (call.name == "openapi.json") return json_text(std::string(openapi_document()), "application/json");
  if (call.name == "whoami") return json_answer(api_whoami(store_, caller, request));
  if (call.name == "query") return json_answer(api_query(daemon_, request.query));
  if (call.name == "check") return json_answer(api_check(daemon_));
  if (call.name == "passive-dns") {
    auto lines = passive_dns(store_, given(request.query, "q"));
    if (const auto* problem = std::get_if<ApiAnswer>(&lines)) return json_answer(*problem);
    return json_text(std::get<std::string>(std::move(lines)), "application/x-ndjson");
  }
  if (call.name == "live") {
    auto stream = live_.follow();
    if (!stream) return json_answer(api_problem(503, stream.error().what));
    HttpAnswer answer;
    answer.media_type = "text/event-stream";
    mark_as_data(answer);
    answer.stream = *std::move(stream);
    return answer;
  }
  auto streamed = stream_history(store_, request.query, stop);
  if (const auto* problem = std::get_if<ApiAnswer>(&streamed)) return json_answer(*problem);
  return std::get<HttpAnswer>(std::move(streamed));
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
  if (caller.is_the_machine() && !is_asked_as_ours(request)) return json_answer(another_name(request));
  if (caller.may_be_a_page && is_of_another_site(request))
    return json_answer(api_problem(403, "this comes from a page of " + request.origin + ", which may not do it"));
  boost::json::object body;
  if (!request.query.empty()) return json_answer(api_problem(400, "an action takes no parameters in its address"));
  if (action.takes_body()) {
    if (!is_json(request.content_type))
      return json_answer(api_problem(415, "send the body as JSON, with Content-Type: application/json"));
    boost::system::error_code error;
    boost::json::value parsed = boost::json::parse(request.body, error);
    if (error || !parsed.is_object())
      return json_answer(
          api_problem(400, "the body is no JSON object" + (error ? ": " + error.message() : std::string())));
    body = std::move(parsed.as_object());
    for (const auto& [member, value] : body) {
      if (std::find(action.members.begin(), action.members.end(), std::string_view(member)) == action.members.end())
        return json_answer(api_problem(400, "the body has a member \"" + std::string(member) +
                                                "\", which means nothing to " + std::string(action.name)));
    }
  }
  const std::string who = caller.who(request);
  // Those who may only observe are no administrators: what they report is in the ledger, with who did.
  const bool is_observer = action.scope == Scope::observe && !caller.may(Scope::admin);
  const auto link = is_observer ? Result<std::uint64_t>(0) : record_action(store_, action, who, body);
  if (!link)
    return json_answer(
        api_problem(503, "it is not done, because the chain of evidence cannot tell of it: " + link.error().what));
  ApiAnswer done = action.run({store_, daemon_, who, body, *link});
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
      "/api/v1/history?name=NAME&client=NETWORK\n  /api/v1/generations\n  /api/v1/feeds\n  "
      "/api/v1/openapi.json: all of the API\n";
  return text_answer(200, std::move(text));
}

}  // namespace sinkfeed
