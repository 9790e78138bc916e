// CrowdSec's local API, as far as bouncers ask it, below each feed: their api_url is
// http://SERVER:8053/feed/NAME.crowdsec/
//
//   GET v1/decisions/stream   ?startup=true: all; without, what has changed since that bouncer asked last
//   GET v1/decisions          ?ip=ADDRESS: whether it is to be blocked; or ?value= ?range=
//   GET v1/heartbeat
//   POST v1/usage-metrics     taken and dropped
//
// A decision lasts a week, so that a bouncer goes on blocking while we are away, and a bouncer is told of what has left
// whether or not we know what it was told before: all that left within that week, if need be. No bouncer that reaches
// us keeps what has left, and none keeps it longer than that. The whole list is sent again every ten minutes: bouncers
// that renew a decision which they have then never let it expire, and one that only adds what it lacks (the firewall
// bouncer) is without an address for so long at most, once a week.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "feed/feed_journals.hpp"
#include "feed/http_message.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class CrowdsecRoutes {
 public:
  static constexpr std::chrono::hours kDuration{168};
  static constexpr std::chrono::minutes kWholeEvery{10};
  static constexpr std::size_t kMostBouncers =
      10'000;  // beyond it, who asked the longest ago gets the whole list again

  // Both outlive it.
  CrowdsecRoutes(const Store& store, FeedJournals& journals) : store_(store), journals_(journals) {}

  static bool has(std::string_view path);
  // Any thread; waits for the disk. The path is one of these, and the client may ask.
  HttpAnswer answer(const HttpRequest& request);
  // What the API says beside decisions, in JSON; with 503, when to come again.
  static HttpAnswer message(unsigned status, std::string_view what);

 private:
  struct Bouncer {
    WallTime asked, whole;  // when it did last, and when it got the whole list
    WallTime read;          // up to which place of the journal
  };
  using Name = std::string;  // feed, client and key
  HttpAnswer stream(const HttpRequest& request, const FeedDefinition& feed,
                    const std::shared_ptr<const Configuration>& configuration);
  HttpAnswer decisions(const HttpRequest& request, const FeedDefinition& feed,
                       const std::shared_ptr<const Configuration>& configuration);
  Bouncer find(const Name& name) const;
  void keep(const Name& name, const Bouncer& bouncer);

  const Store& store_;
  FeedJournals& journals_;
  mutable std::mutex mutex_;
  std::unordered_map<Name, Bouncer> bouncers_;
};

}  // namespace sinkfeed
