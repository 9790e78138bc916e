#include "feed/routes.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <optional>

#include "feed/api.hpp"
#include "feed/format.hpp"
#include "feed/metrics.hpp"
#include "store/backup.hpp"

namespace sinkfeed {

namespace {

constexpr std::string_view kApi = "/api/v1/", kFeed = "/feed/", kReload = "/api/v1/reload", kBackup = "/api/v1/backup";

HttpAnswer feed_error(unsigned status, std::string_view what) {
  HttpAnswer answer = text_answer(status, "# " + std::string(what) + "\n");
  answer.media_type = "text/plain; charset=us-ascii";
  return answer;
}

HttpAnswer json_answer(const ApiAnswer& from) {
  HttpAnswer answer = text_answer(from.status, boost::json::serialize(from.body) + "\n");
  answer.media_type = from.status >= 400 ? "application/problem+json" : "application/json";
  answer.headers.emplace_back("Cache-Control", "no-store");
  return answer;
}

}  // namespace

Routes::Pace Routes::pace(const HttpRequest& request) {
  if (!request.path.starts_with(kApi)) return Pace::at_once;
  return is_search(std::string_view(request.path).substr(kApi.size())) ? Pace::search : Pace::call;
}

bool Routes::is_allowed(const HttpRequest& request) const {
  if (request.is_from_here()) return true;
  const auto configuration = store_.configuration();
  const auto& allow = configuration->settings.http.allow;
  return std::any_of(allow.begin(), allow.end(),
                     [&](const Network& network) { return network.contains(request.client); });
}

HttpAnswer Routes::answer(const HttpRequest& request, const std::stop_token& stop) const {
  if (!is_allowed(request)) return feed_error(403, "this client is not in http.allow");
  if (request.path == kReload || request.path == kBackup) return act(request);
  if (request.method != "GET") {
    HttpAnswer answer = text_answer(405, "# only GET and HEAD are served here\n");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  if (request.path.starts_with(kFeed)) return feed(request);
  if (request.path == "/healthz") return text_answer(200, "ok\n");
  if (request.path == "/readyz") return ready();
  if (request.path == "/metrics") return metrics();
  if (request.path.starts_with(kApi)) return api(request, stop);
  if (request.path == "/")
    return request.is_from_here() ? front_page() : feed_error(403, "this page is for the machine itself");
  return feed_error(404, "there is nothing here; feeds are under /feed/");
}

HttpAnswer Routes::feed(const HttpRequest& request) const {
  const std::string name = request.path.substr(kFeed.size());
  const std::size_t dot = name.rfind('.');
  const FeedFormat* format = dot == std::string::npos ? nullptr : find_format(name.substr(dot + 1));
  if (!format) return feed_error(404, "no such feed or format");
  std::optional<int> family;
  if (const auto wanted = request.query.find("family"); wanted != request.query.end()) {
    if (wanted->second != "4" && wanted->second != "6") return feed_error(400, "family is 4 or 6");
    family = wanted->second == "4" ? 4 : 6;
  }
  const auto profile = std::string_view(name).substr(0, dot);
  const auto snapshot = snapshots_.get(profile, *format, family);
  // A profile of the settings that is in no generation yet gets one as soon as the store can be written.
  if (!snapshot && !store_.configuration()->catalogue->find_profile(profile))
    return feed_error(404, "no such feed or format");
  if (!snapshot || !snapshot->generation) {
    HttpAnswer answer = feed_error(503, "no list has been made yet; keep the one you have");
    answer.headers.emplace_back("Retry-After", "30");
    return answer;
  }
  HttpAnswer answer;
  answer.media_type = snapshot->media_type;
  answer.headers = {{"ETag", snapshot->etag},
                    {"Last-Modified", http_date(snapshot->changed)},
                    {"Cache-Control", "no-cache"},
                    {"X-Sinkfeed-Generation", std::to_string(snapshot->generation)}};
  if (client_has_it(request, snapshot->etag, snapshot->changed)) {
    answer.status = 304;
    return answer;
  }
  answer.body = std::shared_ptr<const std::string>(snapshot, &snapshot->body);
  return answer;
}

HttpAnswer Routes::ready() const {
  const auto problems = store_.health.problems();
  if (problems.empty()) return text_answer(200, "ready\n");
  std::string text;
  for (const auto& [part, problem] : problems) text += part + ": " + problem + "\n";
  return text_answer(503, std::move(text));
}

HttpAnswer Routes::metrics() const {
  HttpAnswer answer = text_answer(200, metrics_text(store_));
  answer.media_type = "text/plain; version=0.0.4; charset=utf-8";
  return answer;
}

HttpAnswer Routes::api(const HttpRequest& request, const std::stop_token& stop) const {
  if (!request.is_from_here()) return json_answer(api_problem(403, "the API answers the machine itself only"));
  return json_answer(call_api(store_, std::string_view(request.path).substr(kApi.size()), request.query, stop));
}

HttpAnswer Routes::act(const HttpRequest& request) const {
  if (!request.is_from_here()) return json_answer(api_problem(403, "the API answers the machine itself only"));
  if (request.method != "POST") {
    HttpAnswer answer = json_answer(api_problem(405, "reload and backup make the daemon do something: they take POST"));
    answer.headers.emplace_back("Allow", "POST");
    return answer;
  }
  return request.path == kReload ? reload() : backup();
}

HttpAnswer Routes::reload() const {
  const auto changed = reload_();
  if (!changed) return json_answer(api_problem(409, changed.error().what));
  boost::json::array names;
  for (const std::string& name : *changed) names.push_back(boost::json::value(name));
  return json_answer({200, boost::json::object{{"changed", std::move(names)}}});
}

HttpAnswer Routes::backup() const {
  const auto made = back_up(store_.configuration()->settings.store.path, *store_.database, store_.clock->wall());
  if (!made) return json_answer(api_problem(507, made.error().what));
  return json_answer({200, boost::json::object{{"backup", made->string()}}});
}

HttpAnswer Routes::front_page() const {
  const auto generation = snapshots_.generation();
  std::string text = "sinkfeed " SINKFEED_VERSION ", generation " + std::to_string(generation->number) + "\n\n";
  for (const Profile& profile : generation->catalogue->profiles()) {
    text += profile.title + "\n";
    for (const FeedFormat* format : feed_formats())
      text += "  /feed/" + profile.name + "." + std::string(format->extension()) + "\n      " +
              std::string(format->read_by()) + "\n";
  }
  text +=
      "\nState\n  /readyz\n  /metrics\n  /api/v1/status\n  /api/v1/ips\n  /api/v1/why?subject=ADDRESS-OR-NAME\n  "
      "/api/v1/history?name=NAME&client=NETWORK\n"
      "  /api/v1/generations\n  /api/v1/feeds\n  /api/v1/estimates\n";
  return text_answer(200, std::move(text));
}

}  // namespace sinkfeed
