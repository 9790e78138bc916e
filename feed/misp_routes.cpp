#include "feed/misp_routes.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <map>

#include "feed/feed_folder.hpp"
#include "feed/feed_routes.hpp"
#include "feed/rendered_answer.hpp"

namespace sinkfeed {

namespace {

HttpAnswer keep_yours(std::string_view what) {
  HttpAnswer answer = feed_error(503, what);
  answer.headers.emplace_back("Retry-After", "30");
  return answer;
}

bool holds(const NetworkList& hosts, const IpAddress& address) {
  return std::binary_search(hosts.begin(), hosts.end(), Network(address, address.is_v4() ? 32 : 128));
}

}  // namespace

bool MispRoutes::has(std::string_view path) {
  const auto folder = parse_feed_folder(path);
  return folder && folder->folder == "misp";
}

HttpAnswer MispRoutes::answer(const HttpRequest& request) const {
  const auto folder = parse_feed_folder(request.path);
  const auto configuration = store_.configuration();
  const FeedDefinition* feed = folder ? find_feed(*configuration, folder->feed) : nullptr;
  if (!feed) return feed_error(404, "no such feed");
  Event event;
  event.content.name = feed->name;
  const std::string file = misp_event_id(event.content) + ".json";
  if (folder->rest != "manifest.json" && folder->rest != "hashes.csv" && folder->rest != file)
    return feed_error(404, "a MISP feed has manifest.json, hashes.csv and the event that the manifest names");
  const auto is_there = read(configuration, *feed, event);
  if (!is_there) return keep_yours("the store cannot be read; keep the list that you have");
  if (!*is_there) return keep_yours("no list has been made yet; keep the one you have");
  if (!special_purpose(request.client)) store_.ledger->add_subscriber(request.client);
  HttpAnswer answer;
  if (folder->rest == file) {
    answer = rendered_answer(request, misp_event(event.content, event.deleted), "application/json");
  } else if (folder->rest == "manifest.json") {
    answer = rendered_answer(request, boost::json::serialize(misp_manifest(event.content)) + "\n", "application/json");
  } else {
    std::string hashes = misp_hashes(event.content);
    if (hashes.empty() && !event.content.networks.empty())
      return feed_error(404, "this digest is switched off on the server");
    answer = rendered_answer(request, std::move(hashes), "text/csv; charset=us-ascii");
  }
  answer.headers.emplace_back("Last-Modified", http_date(event.content.changed));
  answer.headers.emplace_back("X-Sinkfeed-Generation", std::to_string(event.content.generation));
  return answer;
}

Result<bool> MispRoutes::read(const std::shared_ptr<const Configuration>& configuration, const FeedDefinition& feed,
                              Event& event) const {
  const FeedFormat& format = *find_format("misp.json");
  std::shared_ptr<const Generation> generation;
  std::shared_ptr<const Snapshot> snapshot;
  // Both of one generation: the event must not be newer than the time that it says of itself, or MISP misses a change.
  do {
    generation = snapshots_.generation();
    snapshot = snapshots_.get(configuration, feed, format);
  } while (snapshots_.generation() != generation);
  if (!snapshot || !snapshot->generation) return false;
  auto content =
      build_feed(feed, *generation, *configuration->catalogue, format.facts(), {}, entries_of(*store_.ledger));
  if (!content) return false;
  event.content = *std::move(content);
  event.content.generation = snapshot->generation;
  event.content.changed = snapshot->changed;

  const FeedContent& now = event.content;
  const bool ports_only = feed.shared == SharedAddresses::ports_only;
  std::map<IpAddress, MispDeleted> deleted;
  const auto add = [&](const JournalEntry& entry, const std::vector<std::uint16_t>& ports) {
    deleted[entry.address] = {entry.address, ports, entry.place};  // the last time counts
  };
  // What is not there at all any more.
  auto is_there = journals_.read(
      configuration, feed, ports_only ? FeedJournals::Others::all : FeedJournals::Others::as_the_feed_says,
      [&](const FeedJournal& journal) {
        // Of a list of the settings the definition may have changed without a generation.
        event.content.changed = std::max(event.content.changed, journal.last());
        journal.each_after(WallTime(), [&](const JournalEntry& entry) {
          const bool is_gone = entry.state != JournalEntry::State::present && !holds(now.networks, entry.address) &&
                               !holds(now.shared, entry.address);
          if (is_gone) add(entry, now.ports);
          return true;
        });
      });
  if (!is_there || !*is_there) return is_there;
  // What others need too now: the ports that it is not blocked on any more.
  std::vector<std::uint16_t> web;
  std::set_difference(now.ports.begin(), now.ports.end(), now.shared_ports.begin(), now.shared_ports.end(),
                      std::back_inserter(web));
  if (ports_only) {
    is_there = journals_.read(configuration, feed, FeedJournals::Others::none, [&](const FeedJournal& journal) {
      journal.each_after(WallTime(), [&](const JournalEntry& entry) {
        if (entry.state != JournalEntry::State::present && holds(now.shared, entry.address)) add(entry, web);
        return true;
      });
    });
  }
  for (auto& [address, one] : deleted) event.deleted.push_back(std::move(one));
  return is_there;
}

}  // namespace sinkfeed
