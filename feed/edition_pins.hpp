// Which edition a client has in hand, so that a feed and its sidecars, fetched one after the other, agree although the
// feed was replaced in between.
//
// Whoever fetched a body gets the sidecars of that body, and whoever fetched a sidecar first gets its body, until a
// minute after they were replaced (Snapshots keeps them so long). A client that fetches no sidecar always gets the
// newest body.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "feed/snapshots.hpp"

namespace sinkfeed {

class EditionPins {
 public:
  static constexpr std::size_t kMost =
      50'000;  // clients and feeds; beyond it those whose edition is gone are forgotten

  enum class Asked : bool { body, sidecar };
  // `who`: the client and the feed that it asks for. `newest`: what there is now. Returns what it is to have. Any
  // thread.
  std::shared_ptr<const Snapshot> choose(const std::string& who, Asked asked,
                                         const std::shared_ptr<const Snapshot>& newest);

 private:
  struct Pin {
    std::weak_ptr<const Snapshot> snapshot;
    Asked by = Asked::body;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Pin> pins_;
};

}  // namespace sinkfeed
