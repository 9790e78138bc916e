// The bytes of the current generation: rendered once for each feed, format and wish, kept, and shared with everyone who
// asks.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <tuple>

#include "config/settings.hpp"
#include "feed/content_coding.hpp"
#include "feed/feed_builder.hpp"
#include "store/generation.hpp"

namespace sinkfeed {

// One edition of a feed in one format. Immutable but for what is worked out when it is first asked for; any thread.
class Snapshot {
 public:
  // Makes the same body once more, at any time, on any thread; empty if nothing can.
  struct Again {
    std::function<std::string()> body;
    std::size_t bytes = 0;  // what it keeps for that
  };
  Snapshot(std::string body, Again again)
      : body_(std::make_shared<const std::string>(std::move(body))), again_(std::move(again)) {}

  std::string etag;  // strong, quoted: a hash of the body
  std::string media_type;
  std::uint64_t generation = 0;  // in which the feed got this content
  WallTime changed;              // when that was
  std::string last_modified;     // the same, as HTTP says it
  std::string edition;
  std::size_t entries = 0, left_out = 0;  // for want of room (max_entries)

  // Never null. Of an edition that was let go it is made again, if nobody has it in hand.
  std::shared_ptr<const std::string> body() const;
  // The body in a coding other than identity; empty if it cannot be had, or gains nothing.
  const std::string& coded(Coding coding) const;
  // What `make` makes of the body, once for each `number` (below 4).
  const std::string& beside(std::size_t number, const std::function<std::string(const Snapshot&)>& make) const;
  // Whether they are there already.
  bool has_coded(Coding coding) const;
  bool has_beside(std::size_t number) const;
  std::size_t bytes() const;  // of all that is kept of it
  // When another has taken its place: the body is kept no longer, if it can be made again.
  void let_go() const;

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const std::string> body_;     // null: let go
  mutable std::weak_ptr<const std::string> body_made_;  // again, as long as somebody reads it
  const Again again_;
  struct Lazy {
    std::once_flag once;
    std::atomic<bool> is_there = false;
    std::string text;
  };
  mutable std::array<Lazy, 2> coded_;
  mutable std::array<Lazy, 4> beside_;
};

class Snapshots final : public GenerationObserver {
 public:
  // Replaced editions are to be had for so long, for those who fetch a sidecar after its body. Most are only the
  // generation that they can be made from again, which shares its addresses with the next.
  static constexpr std::chrono::seconds kKept{60};
  // Those of which the bytes must be kept: all of them together at most this, and of large ones at most as much as is
  // shown now.
  static constexpr std::size_t kKeptBytes = 64 << 20, kFewBytes = 8 << 20;
  // Of what is rendered, so much is kept; beyond it, what nobody has asked for the longest is rendered anew if somebody
  // does. The largest alone may be more.
  static constexpr std::size_t kRenderedBytes = 512 << 20;

  // `entries` is called by get() alone.
  Snapshots(std::shared_ptr<const Generation> current, Entries entries, std::size_t rendered_bytes = kRenderedBytes,
            SteadyTime::duration kept = kKept)
      : entries_(std::move(entries)), rendered_bytes_(rendered_bytes), kept_(kept), current_(std::move(current)) {}

  // GenerationObserver: bytes whose content is another now are replaced when they are next asked for.
  void published(std::shared_ptr<const Generation> generation) override;

  // Null if the generation lacks a profile of the feed. The configuration's feeds and tiers count. Any thread; who asks
  // for what another is just rendering waits for it.
  std::shared_ptr<const Snapshot> get(const std::shared_ptr<const Configuration>& configuration,
                                      const FeedDefinition& feed, const FeedFormat& format,
                                      const FeedWishes& wishes = {});
  // What get() would return at once; null if it would have to render.
  std::shared_ptr<const Snapshot> ready(const std::shared_ptr<const Configuration>& configuration,
                                        const FeedDefinition& feed, const FeedFormat& format,
                                        const FeedWishes& wishes) const;
  std::shared_ptr<const Generation> generation() const;

 private:
  using Key = std::tuple<std::string, const FeedFormat*, FeedWishes>;
  std::shared_ptr<const Snapshot> render(const std::shared_ptr<const Configuration>& configuration,
                                         const FeedDefinition& feed, const FeedFormat& format, const FeedWishes& wishes,
                                         const Generation& generation,
                                         const std::shared_ptr<const Snapshot>& before) const;
  void retire(std::shared_ptr<const Snapshot> snapshot);
  void drop_retired(SteadyTime now);
  void make_room(const Key& for_key);

  const Entries entries_;
  const std::size_t rendered_bytes_;
  const SteadyTime::duration kept_;
  mutable std::mutex mutex_;
  std::condition_variable done_;
  std::shared_ptr<const Generation> current_;
  std::shared_ptr<const Configuration> configuration_;  // by which those below were made
  struct Rendered {
    std::shared_ptr<const Snapshot> snapshot;
    SteadyTime asked;
  };
  std::map<Key, Rendered> rendered_, before_;  // of the current generation; of those before, if not yet of the current
  std::set<Key> rendering_;
  struct Retired {
    SteadyTime since;
    std::size_t bytes;  // then
    std::shared_ptr<const Snapshot> snapshot;
  };
  std::deque<Retired> retired_;
  std::size_t retired_bytes_ = 0, shown_bytes_ = 0;
};

}  // namespace sinkfeed
