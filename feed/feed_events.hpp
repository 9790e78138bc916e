// The changes of feeds as streams of events, for those who want to have each within moments: /feed/NAME.events.
//
//   event: delta     id: 43   what ?since= answers with (feed/feed_delta.hpp), a `data:` line each: who has generation
//                             `from` makes `to` of it, whose whole list in .txt has the digest at its end
//   event: reset              what has changed is not known, or too much to send: fetch the whole list
//   event: edition   id: 43   {"type":"edition","feed":…,"generation":43,"ports":[…],"entries":12,"full_sha256":…}
//                             what is current: once at the start of a stream, and when the ports are others
//
// A client that resumes (Last-Event-ID, or ?since=) gets one delta or a reset first, if it lacks anything. A feed that
// becomes empty stays silent: firewalls keep what they have, as they do when it is fetched.
//
// One thread for all streams; each event is made once for all that follow the same feed in the same way, and only while
// somebody does.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "config/settings.hpp"
#include "feed/event_stream.hpp"
#include "feed/feed_builder.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class FeedEvents final : public GenerationObserver {
 public:
  static constexpr std::size_t kMostStreams = 1000;
  static constexpr std::size_t kLargestDelta = 1 << 20;  // in bytes; whoever lacks more fetches the whole list
  // What a client waits before it comes back, unless it knows better.
  static constexpr std::chrono::milliseconds kRetry = std::chrono::seconds(2);

  // The store outlives it, or is closed after stop().
  explicit FeedEvents(const Store& store, std::chrono::milliseconds heartbeat = EventStream::kHeartbeat);
  ~FeedEvents() override;

  // GenerationObserver.
  void published(std::shared_ptr<const Generation> generation) override;

  // A new stream of a feed of the configuration. `has`: the generation that the client has, 0 if it is none that can
  // be. A Problem: there is none just now, and the client keeps what it has. Any thread; takes as long as building
  // the feed does.
  Result<std::shared_ptr<EventStream>> follow(const std::shared_ptr<const Configuration>& configuration,
                                              const FeedDefinition& feed, const FeedWishes& wishes,
                                              const std::optional<std::uint64_t>& has);
  // Ends all streams: their clients come back, and are judged by today's settings.
  void end_streams();
  // The same, and no others begin.
  void stop();

 private:
  struct Channel;
  struct Follower;
  using Key = std::pair<std::string, FeedWishes>;
  void run();
  Result<std::shared_ptr<Channel>> channel_of(const FeedDefinition& feed, const FeedWishes& wishes);
  void bring_up_to(Channel& channel, const Generation& generation);
  // The event for somebody who has generation `has` of what is `content` now; empty if he lacks nothing. A Problem: the
  // store cannot be read.
  Result<std::shared_ptr<const std::string>> catch_up(const FeedContent& content, std::uint64_t number,
                                                      const std::string& sha256, const Configuration& configuration,
                                                      const FeedDefinition& feed, const FeedWishes& wishes,
                                                      std::uint64_t has) const;

  const Store& store_;
  const std::chrono::milliseconds heartbeat_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::shared_ptr<const Generation> current_;
  std::uint64_t handled_ = 0;  // the number of the generation that all channels have
  std::map<Key, std::weak_ptr<Channel>> channels_;
  const std::shared_ptr<std::atomic<std::size_t>> streams_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::thread thread_;  // from the first follower on
  bool stopping_ = false;
};

}  // namespace sinkfeed
