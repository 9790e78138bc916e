// A feed as MISP's servers fetch feeds: a folder with one event.
//
//   /feed/NAME.misp/manifest.json   says when the event changed
//   /feed/NAME.misp/EVENT.json      the event, with what has left marked as deleted: MISP removes nothing by itself
//   /feed/NAME.misp/hashes.csv
#pragma once

#include <string_view>
#include <vector>

#include "feed/feed_journals.hpp"
#include "feed/http_message.hpp"
#include "feed/misp_event.hpp"
#include "feed/snapshots.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class MispRoutes {
 public:
  // All of it outlives it.
  MispRoutes(const Store& store, Snapshots& snapshots, FeedJournals& journals)
      : store_(store), snapshots_(snapshots), journals_(journals) {}

  static bool has(std::string_view path);
  // Any thread; waits for the disk. The request is a GET of such a path, and the client may make it.
  HttpAnswer answer(const HttpRequest& request) const;

 private:
  struct Event {
    FeedContent content;
    std::vector<MispDeleted> deleted;
  };
  // False: there is no list yet.
  Result<bool> read(const std::shared_ptr<const Configuration>& configuration, const FeedDefinition& feed,
                    Event& event) const;

  const Store& store_;
  Snapshots& snapshots_;
  FeedJournals& journals_;
};

}  // namespace sinkfeed
