// The bytes of the current generation: rendered once for each feed, format and family, kept, and shared with everyone
// who asks.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>

#include "feed/format.hpp"
#include "store/generation.hpp"

namespace sinkfeed {

// Immutable.
struct Snapshot {
  std::string body;
  std::string etag;  // strong, quoted: a hash of the body
  std::string media_type;
  WallTime changed;  // when the generation was made
  std::uint64_t generation = 0;
};

class Snapshots final : public GenerationObserver {
 public:
  // `entries` is called by get() alone.
  Snapshots(std::shared_ptr<const Generation> current, Entries entries)
      : entries_(std::move(entries)), current_(std::move(current)) {}

  // GenerationObserver: drops the old generation's bytes. Readers that hold a snapshot keep it.
  void published(std::shared_ptr<const Generation> generation) override;

  // Null if the generation has no profile of that name. Any thread; two that ask for the same at once may both render
  // it.
  std::shared_ptr<const Snapshot> get(std::string_view profile, const FeedFormat& format, std::optional<int> family);
  std::shared_ptr<const Generation> generation() const;

 private:
  using Key = std::tuple<std::string, const FeedFormat*, int>;

  const Entries entries_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Generation> current_;
  std::map<Key, std::shared_ptr<const Snapshot>> rendered_;
};

}  // namespace sinkfeed
