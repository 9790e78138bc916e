#include "feed/subscriber_watch.hpp"

#include <spdlog/spdlog.h>

#include "config/thread_priority.hpp"

namespace sinkfeed {

void SubscriberWatch::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void SubscriberWatch::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
  write();
}

void SubscriberWatch::run(const std::stop_token& stop) {
  enter_background("subscribers");
  auto written = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, stop, kLook, [] { return false; });
    }
    if (stop.stop_requested()) return;
    look(stop);
    if (const auto now = std::chrono::steady_clock::now(); now - written >= kWrite) {
      written = now;
      write();
    }
  }
}

// The ledger tells of a full disk in /readyz; of this a line in the log is enough.
void SubscriberWatch::write() {
  const auto done = store_.subscribers->write();
  if (!done && unwritten_.empty()) spdlog::warn("subscribers cannot be written: {}", done.error().what);
  unwritten_ = done ? "" : done.error().what;
}

void SubscriberWatch::look(const std::stop_token& stop) {
  const auto configuration = store_.configuration();
  const std::uint64_t generation = store_.ledger->current()->number;
  std::map<std::string, FeedEdition> newest;
  std::map<std::string, Seen> seen;
  for (const std::string& feed : store_.subscribers->feeds()) {
    if (stop.stop_requested()) return;
    Seen& now = seen[feed] = {configuration, generation};
    const auto before = seen_.find(feed);
    if (before != seen_.end() && before->second.configuration == now.configuration &&
        before->second.generation == generation)
      continue;
    if (const auto edition = feeds_.newest(feed)) newest[feed] = *edition;
  }
  seen_ = std::move(seen);
  store_.subscribers->check(newest);
}

}  // namespace sinkfeed
