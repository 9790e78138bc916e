// What came and went between two contents of a feed.
#pragma once

#include <string>
#include <vector>

#include "feed/feed_content.hpp"

namespace sinkfeed {

struct FeedDelta {
  struct Change {
    bool added = false;   // or removed
    bool shared = false;  // of the list that is blocked on its own ports alone
    Network network;
  };
  std::vector<Change> changes;  // those of the feed, then those of the shared list; ascending
  std::size_t added = 0, removed = 0;
};

FeedDelta delta_of(const FeedContent& from, const FeedContent& to);

// JSON, an object a line, for those who have generation `from` and want to have `to`:
//   {"type":"delta","feed":"google-talk","from":41,"to":42}
//   {"remove":"192.0.2.1/32"}   {"add":"192.0.2.7/32"}   {"add":"192.0.2.9/32","shared":true}
//   {"type":"end","added":2,"removed":1,"entries":12,"full_sha256":"..."}
// The last line says that it is whole, and the digest what the full edition in the format of the path is then.
std::string delta_lines(const FeedDelta& delta, const FeedContent& to, std::uint64_t from_number,
                        std::uint64_t to_number, const std::string& full_sha256);

}  // namespace sinkfeed
