#include "feed/crowdsec_routes.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

#include "feed/crowdsec_decision.hpp"
#include "feed/digests.hpp"
#include "feed/feed_folder.hpp"
#include "feed/rendered_answer.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::string_view kFolder = "crowdsec", kMedia = "application/json";
constexpr std::string_view kLasts = "168h0m0s", kOver = "-1s";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
  return text;
}

// Whether a list of a query ("ip,range") is not there, or one of it is meant.
template <class Meant>
bool wants(const HttpRequest& request, const char* name, Meant meant) {
  const auto given = request.query.find(name);
  if (given == request.query.end() || given->second.empty()) return true;
  for (std::size_t at = 0; at <= given->second.size();) {
    const std::size_t comma = std::min(given->second.find(',', at), given->second.size());
    if (meant(lower(given->second.substr(at, comma - at)))) return true;
    at = comma + 1;
  }
  return false;
}

// By what else a bouncer may ask: our decisions are all alike in it.
bool wants_ours(const HttpRequest& request, const std::string& feed) {
  const auto is = [](std::string_view what) { return [what](const std::string& one) { return one == what; }; };
  const auto contains = [&](const std::string& part) {
    return !part.empty() && crowdsec_scenario(feed).find(part) != std::string::npos;
  };
  const auto unwanted = request.query.find("scenarios_not_containing");
  if (unwanted != request.query.end() && !unwanted->second.empty() &&
      wants(request, "scenarios_not_containing", contains))
    return false;
  return wants(request, "scopes", is("ip")) && wants(request, "scope", is("ip")) &&
         wants(request, "origins", is(kCrowdsecOrigin)) && wants(request, "type", is("ban")) &&
         wants(request, "scenarios_containing", contains);
}

Network host(const IpAddress& address) { return {address, address.is_v4() ? 32 : 128}; }

void append_decision(std::string& list, const IpAddress& address, const std::string& feed, std::string_view duration) {
  list += list.empty() ? "[\n" : ",\n";
  list += json::serialize(crowdsec_decision(host(address), feed, duration));
}

std::string closed(std::string list) { return list.empty() ? "null" : std::move(list) + "\n]"; }

HttpAnswer answer_of(const HttpRequest& request, std::string body) {
  return rendered_answer(request, std::move(body), kMedia);
}

}  // namespace

bool CrowdsecRoutes::has(std::string_view path) {
  const auto folder = parse_feed_folder(path);
  return folder && folder->folder == kFolder;
}

HttpAnswer CrowdsecRoutes::message(unsigned status, std::string_view what) {
  HttpAnswer answer = text_answer(status, json::serialize(json::object{{"message", json::string_view(what)}}) + "\n");
  answer.media_type = kMedia;
  if (status == 503) answer.headers.emplace_back("Retry-After", "30");
  return answer;
}

HttpAnswer CrowdsecRoutes::answer(const HttpRequest& request) {
  const auto folder = parse_feed_folder(request.path);
  const auto configuration = store_.configuration();
  const FeedDefinition* feed = folder ? find_feed(*configuration, folder->feed) : nullptr;
  if (!feed) return message(404, "no such feed");
  const bool is_metrics = folder->rest == "v1/usage-metrics";
  const std::string_view method = is_metrics ? "POST" : "GET";
  if (request.method != method) {
    HttpAnswer refused = message(405, is_metrics ? "metrics are sent by POST" : "only GET and HEAD are served here");
    refused.headers.emplace_back("Allow", is_metrics ? "POST" : "GET, HEAD");
    return refused;
  }
  if (is_metrics) return text_answer(201, "");
  if (folder->rest == "v1/heartbeat") return message(200, "ok");
  if (folder->rest == "v1/decisions") return decisions(request, *feed, configuration);
  if (folder->rest == "v1/decisions/stream") return stream(request, *feed, configuration);
  return message(404, "bouncers ask for v1/decisions and v1/decisions/stream here");
}

HttpAnswer CrowdsecRoutes::stream(const HttpRequest& request, const FeedDefinition& feed,
                                  const std::shared_ptr<const Configuration>& configuration) {
  const WallTime now = store_.clock->wall();
  const Name name = feed.name + " " + request.client.text() + " " + digest_of(Digest::sha256, request.api_key);
  const auto startup = request.query.find("startup");
  Bouncer bouncer = find(name);
  const bool is_start =
      bouncer.asked == WallTime() || (startup != request.query.end() && lower(startup->second) == "true");
  const bool is_whole = is_start || now - bouncer.whole >= kWholeEvery;
  // An answer may have been lost on its way, and two bouncers may have one key: what is new to it is told for ten
  // minutes, and with a whole list all that it may still hold.
  const WallTime news = std::min(bouncer.read, bouncer.asked - kWholeEvery);
  const WallTime left_since = is_whole ? now - kDuration : news;
  const WallTime came_since = is_whole ? WallTime() : news;
  std::string came, left;
  std::set<IpAddress> gone;  // what has left twice is told once
  const auto is_there =
      journals_.read(configuration, feed, FeedJournals::Others::none, [&](const FeedJournal& journal) {
        bouncer.read = journal.last();
        if (!wants_ours(request, feed.name)) return;
        journal.each_after(std::min(left_since, came_since), [&](const JournalEntry& entry) {
          if (entry.state == JournalEntry::State::present) {
            if (entry.place > came_since) append_decision(came, entry.address, feed.name, kLasts);
          } else if (entry.place > left_since && !journal.holds(entry.address) && gone.insert(entry.address).second) {
            append_decision(left, entry.address, feed.name, kOver);
          }
          return true;
        });
      });
  if (!is_there) return message(503, "the store cannot be read; keep the decisions that you have");
  if (!*is_there) return message(503, "no list has been made yet; keep the decisions that you have");
  bouncer.asked = now;
  if (is_whole) bouncer.whole = now;
  keep(name, bouncer);
  if (!special_purpose(request.client)) store_.ledger->add_subscriber(request.client);
  return answer_of(request, "{\"new\":" + closed(std::move(came)) + ",\"deleted\":" + closed(std::move(left)) + "}\n");
}

HttpAnswer CrowdsecRoutes::decisions(const HttpRequest& request, const FeedDefinition& feed,
                                     const std::shared_ptr<const Configuration>& configuration) {
  std::optional<Network> wanted;
  for (const char* name : {"ip", "range", "value"}) {
    const auto given = request.query.find(name);
    if (given == request.query.end() || given->second.empty()) continue;
    const auto network = Network::parse(given->second);
    if (!network) return message(400, std::string(name) + " is no address and no network");
    wanted = *network;
  }
  std::string list;
  const auto is_there =
      journals_.read(configuration, feed, FeedJournals::Others::none, [&](const FeedJournal& journal) {
        if (!wants_ours(request, feed.name)) return;
        if (wanted && is_host(*wanted)) {
          if (journal.holds(wanted->address())) append_decision(list, wanted->address(), feed.name, kLasts);
          return;
        }
        journal.each_after(WallTime(), [&](const JournalEntry& entry) {
          if (entry.state == JournalEntry::State::present && (!wanted || wanted->contains(entry.address)))
            append_decision(list, entry.address, feed.name, kLasts);
          return true;
        });
      });
  if (!is_there) return message(503, "the store cannot be read; keep the decisions that you have");
  if (!*is_there) return message(503, "no list has been made yet; keep the decisions that you have");
  return answer_of(request, closed(std::move(list)) + "\n");
}

CrowdsecRoutes::Bouncer CrowdsecRoutes::find(const Name& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = bouncers_.find(name);
  return found == bouncers_.end() ? Bouncer() : found->second;
}

void CrowdsecRoutes::keep(const Name& name, const Bouncer& bouncer) {
  const std::lock_guard lock(mutex_);
  bouncers_[name] = bouncer;
  if (bouncers_.size() <= kMostBouncers) return;
  bouncers_.erase(std::min_element(bouncers_.begin(), bouncers_.end(), [](const auto& left, const auto& right) {
    return left.second.asked < right.second.asked;
  }));
}

}  // namespace sinkfeed
