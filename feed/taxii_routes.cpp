#include "feed/taxii_routes.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "feed/rendered_answer.hpp"
#include "feed/stix_objects.hpp"
#include "feed/taxii_media.hpp"
#include "feed/taxii_query.hpp"
#include "feed/uuid.hpp"

namespace sinkfeed {

namespace {

namespace json = boost::json;

constexpr std::string_view kDiscovery = "/taxii2", kRoot = "/taxii2/feeds/";
constexpr int kMaxContent = 1 << 20;  // what the server reads of a body at all; nothing is taken

HttpAnswer resource(const HttpRequest& request, const json::object& value) {
  return rendered_answer(request, json::serialize(value) + "\n", kTaxiiMedia);
}

std::string collection_id(const FeedDefinition& feed) { return own_uuid("taxii/collection/" + feed.name); }

json::object collection_value(const FeedDefinition& feed) {
  return {{"id", collection_id(feed)},
          {"title", "sinkfeed " + feed.name},
          {"description", "Addresses of the feed " + feed.name + " as indicators"},
          {"alias", feed.name},
          {"can_read", true},
          {"can_write", false},
          {"media_types", json::array{json::string_view(kStixMedia)}}};
}

json::object discovery_value() {
  return {{"title", "sinkfeed"},
          {"description", "Addresses of instant messengers, to be blocked"},
          {"default", json::string_view(kRoot)},
          {"api_roots", json::array{json::string_view(kRoot)}}};
}

json::object root_value() {
  return {{"title", "sinkfeed"},
          {"description", "Each feed is a collection"},
          {"versions", json::array{json::string_view(kTaxiiMedia)}},
          {"max_content_length", kMaxContent}};
}

json::object stix_object(const TaxiiVersion& version, const std::string& feed) {
  if (version.is_identity) return stix_identity();
  StixIndicator indicator;
  indicator.id = version.id;
  indicator.address = version.entry.address;
  indicator.created = version.entry.came;
  indicator.modified = version.modified;
  indicator.label = feed;
  if (version.is_last && version.entry.state != JournalEntry::State::present) {
    indicator.until = std::max(version.modified, indicator.created + std::chrono::milliseconds(1));
    indicator.is_revoked = version.entry.state == JournalEntry::State::left;
  }
  return stix_indicator(indicator);
}

enum class Listing { objects, manifest, versions };

json::value listed_value(const TaxiiVersion& version, Listing as, const std::string& feed) {
  if (as == Listing::objects) return stix_object(version, feed);
  if (as == Listing::versions) return json::value(stix_time(version.modified));
  return json::object{{"id", version.id},
                      {"date_added", format_time(version.added)},
                      {"version", stix_time(version.modified)},
                      {"media_type", json::string_view(kStixMedia)}};
}

HttpAnswer envelope(const HttpRequest& request, const TaxiiPage& page, Listing as, const std::string& feed) {
  std::string body = page.more ? "{\"more\":true,\"next\":\"" + page.next + "\"," : "{\"more\":false,";
  body += as == Listing::versions ? "\"versions\":[" : "\"objects\":[";
  body.reserve(page.versions.size() * 480 + 256);
  std::string_view separator = "\n";
  for (const TaxiiVersion& version : page.versions) {
    body += separator;
    body += json::serialize(listed_value(version, as, feed));
    separator = ",\n";
  }
  HttpAnswer answer = rendered_answer(request, body + "\n]}\n", kTaxiiMedia);
  if (!page.versions.empty()) {
    answer.headers.emplace_back("X-TAXII-Date-Added-First", format_time(page.versions.front().added));
    answer.headers.emplace_back("X-TAXII-Date-Added-Last", format_time(page.versions.back().added));
  }
  return answer;
}

// The first part of a path, which then loses it and its slash.
std::string_view take_part(std::string_view& path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view part = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return part;
}

}  // namespace

bool TaxiiRoutes::has(std::string_view path) {
  return path.starts_with(kDiscovery) && (path.size() == kDiscovery.size() || path[kDiscovery.size()] == '/');
}

HttpAnswer TaxiiRoutes::problem(unsigned status, std::string_view what) {
  HttpAnswer answer = text_answer(status, json::serialize(json::object{{"title", json::string_view(what)},
                                                                       {"http_status", std::to_string(status)}}) +
                                              "\n");
  answer.media_type = kTaxiiMedia;
  if (status == 503) answer.headers.emplace_back("Retry-After", "30");
  if (status == 405) answer.headers.emplace_back("Allow", "GET, HEAD");
  return answer;
}

HttpAnswer TaxiiRoutes::answer(const HttpRequest& request) const {
  if (!accepts_taxii(request.accept)) return problem(406, "this is TAXII 2.1: " + std::string(kTaxiiMedia));
  std::string_view path = request.path;
  path.remove_prefix(std::min(kDiscovery.size() + 1, path.size()));
  const std::string_view root = take_part(path), folder = take_part(path), id = take_part(path);
  if (!id.empty() && root == "feeds" && folder == "collections") return collection(request, id, path);
  const bool is_root = root.empty() || (root == "feeds" && (folder.empty() || folder == "collections"));
  if (!is_root) return problem(404, "there is nothing here; the collections are under " + std::string(kRoot));
  if (request.method != "GET") return problem(405, "only GET and HEAD are served here");
  if (root.empty()) return resource(request, discovery_value());
  if (folder.empty()) return resource(request, root_value());
  json::array collections;
  for (const FeedDefinition& feed : store_.configuration()->feeds) collections.push_back(collection_value(feed));
  return resource(request, {{"collections", std::move(collections)}});
}

HttpAnswer TaxiiRoutes::collection(const HttpRequest& request, std::string_view id, std::string_view rest) const {
  const auto configuration = store_.configuration();
  const auto feed = std::find_if(configuration->feeds.begin(), configuration->feeds.end(),
                                 [&](const FeedDefinition& one) { return one.name == id || collection_id(one) == id; });
  if (feed == configuration->feeds.end()) return problem(404, "there is no such collection");
  const std::string_view what = take_part(rest), object = take_part(rest), versions = take_part(rest);
  const bool is_known =
      rest.empty() &&
      ((what.empty() && object.empty()) || what == "objects" || (what == "manifest" && object.empty())) &&
      (versions.empty() || versions == "versions");
  if (!is_known) return problem(404, "a collection has manifest/ and objects/");
  const bool is_write = what == "objects" && (object.empty() ? request.method == "POST" : request.method == "DELETE");
  if (is_write && request.method == "POST" && !is_taxii(request.content_type))
    return problem(415, "this is TAXII 2.1: " + std::string(kTaxiiMedia));
  if (is_write) return problem(403, "this collection cannot be written to");
  if (request.method != "GET") return problem(405, "only GET and HEAD are served here");
  if (what.empty()) return resource(request, collection_value(*feed));

  auto query = read_taxii_query(request.query);
  if (!query) return problem(400, query.error().what);
  if (!object.empty()) query->ids = {std::string(object)};
  if (!versions.empty()) query->all = true;
  TaxiiPage page;
  const auto is_there = journals_.read(configuration, *feed, FeedJournals::Others::as_the_feed_says,
                                       [&](const FeedJournal& journal) { page = select_page(journal, *query); });
  if (!is_there) return problem(503, "the store cannot be read; keep what you have");
  if (!*is_there) return problem(503, "no list has been made yet; keep what you have");
  if (!object.empty() && !page.is_known) return problem(404, "there is no such object in this collection");
  if (!special_purpose(request.client)) store_.ledger->add_subscriber(request.client);
  const Listing as = !versions.empty() ? Listing::versions : what == "manifest" ? Listing::manifest : Listing::objects;
  return envelope(request, page, as, feed->name);
}

}  // namespace sinkfeed
