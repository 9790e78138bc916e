// The bytes of the current generation: rendered once for each feed, format and wish, kept, and shared with everyone who
// asks.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include "config/settings.hpp"
#include "feed/feed_builder.hpp"
#include "store/generation.hpp"

namespace sinkfeed {

// Immutable.
struct Snapshot {
  std::string body;
  std::string etag;  // strong, quoted: a hash of the body
  std::string media_type;
  std::uint64_t generation = 0;  // in which the feed got this content
  WallTime changed;              // when that was
  std::string edition;
  std::size_t entries = 0, left_out = 0;  // for want of room (max_entries)
};

class Snapshots final : public GenerationObserver {
 public:
  // `entries` is called by get() alone.
  Snapshots(std::shared_ptr<const Generation> current, Entries entries)
      : entries_(std::move(entries)), current_(std::move(current)) {}

  // GenerationObserver: the old generation's bytes are dropped as far as their content is another. Readers that hold a
  // snapshot keep it.
  void published(std::shared_ptr<const Generation> generation) override;

  // Null if the generation lacks a profile of the feed. The configuration's feeds and tiers count. Any thread; two that
  // ask for the same at once may both render it.
  std::shared_ptr<const Snapshot> get(const std::shared_ptr<const Configuration>& configuration,
                                      const FeedDefinition& feed, const FeedFormat& format,
                                      const FeedWishes& wishes = {});
  std::shared_ptr<const Generation> generation() const;

 private:
  using Key = std::tuple<std::string, const FeedFormat*, FeedWishes>;

  const Entries entries_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Generation> current_;
  std::shared_ptr<const Configuration> configuration_;  // by which those below were made
  std::map<Key, std::shared_ptr<const Snapshot>> rendered_, before_;
};

}  // namespace sinkfeed
