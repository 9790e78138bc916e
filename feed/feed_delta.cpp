#include "feed/feed_delta.hpp"

namespace sinkfeed {

namespace {

void append_changes(const NetworkList& from, const NetworkList& to, bool shared, FeedDelta& delta) {
  auto old = from.begin(), now = to.begin();
  while (old != from.end() || now != to.end()) {
    if (now == to.end() || (old != from.end() && *old < *now)) {
      delta.changes.push_back({false, shared, *old++});
      delta.removed++;
    } else if (old == from.end() || *now < *old) {
      delta.changes.push_back({true, shared, *now++});
      delta.added++;
    } else {
      old++, now++;
    }
  }
}

}  // namespace

FeedDelta delta_of(const FeedContent& from, const FeedContent& to) {
  FeedDelta delta;
  append_changes(from.networks, to.networks, false, delta);
  append_changes(from.shared, to.shared, true, delta);
  return delta;
}

std::string delta_lines(const FeedDelta& delta, const FeedContent& to, std::uint64_t from_number,
                        std::uint64_t to_number, const std::string& full_sha256) {
  std::string lines = R"({"type":"delta","feed":")" + to.name + R"(","from":)" + std::to_string(from_number) +
                      R"(,"to":)" + std::to_string(to_number) + "}\n";
  for (const FeedDelta::Change& change : delta.changes) {
    lines += change.added ? R"({"add":")" : R"({"remove":")";
    append_network(lines, change.network, HostPrefix::written);
    lines += change.shared ? "\",\"shared\":true}\n" : "\"}\n";
  }
  return lines + R"({"type":"end","added":)" + std::to_string(delta.added) + R"(,"removed":)" +
         std::to_string(delta.removed) + R"(,"entries":)" + std::to_string(to.networks.size() + to.shared.size()) +
         R"(,"full_sha256":")" + full_sha256 + "\"}\n";
}

}  // namespace sinkfeed
