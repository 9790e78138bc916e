// A feed as a MISP event with an attribute for each address and port, and what MISP's feeds say of an event.
//
// The event's UUID is made of the feed's name and stays, so that MISP updates one event instead of collecting editions.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "feed/feed_content.hpp"

namespace sinkfeed {

// What was an attribute once: MISP keeps what an event does not hold any more, unless it is told that it is deleted.
struct MispDeleted {
  IpAddress address;
  std::vector<std::uint16_t> ports;
  WallTime when;
};

std::string misp_event_id(const FeedContent& content);
// The same content and the same deletions, the same bytes.
std::string misp_event(const FeedContent& content, const std::vector<MispDeleted>& deleted = {});
// The event's line in a manifest.
boost::json::object misp_manifest(const FeedContent& content);
// hashes.csv: by which a MISP sees without the event whether a value is in it. Empty: MD5 is switched off.
std::string misp_hashes(const FeedContent& content);

}  // namespace sinkfeed
