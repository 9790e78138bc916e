#include "feed/live_status.hpp"

#include <boost/json/serialize.hpp>
#include <utility>

#include "config/thread_priority.hpp"
#include "feed/api_status.hpp"

namespace sinkfeed {

std::shared_ptr<const std::string> LiveStatus::event() const {
  return std::make_shared<const std::string>(event_text("status", 0, boost::json::serialize(live_value(store_))));
}

void LiveStatus::drop_gone() {
  std::erase_if(streams_, [](const auto& stream) { return stream.expired(); });
}

Result<std::shared_ptr<EventStream>> LiveStatus::follow() {
  const auto now = event();
  const std::lock_guard lock(mutex_);
  drop_gone();
  if (stopping_) return Problem{"the daemon is being stopped"};
  if (streams_.size() >= kMostStreams)
    return Problem{"as many as may follow the state do so already (" + std::to_string(kMostStreams) + ")"};
  auto stream = std::make_shared<EventStream>();
  stream->push(now);
  streams_.push_back(stream);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  wake_.notify_one();
  return stream;
}

void LiveStatus::run() {
  enter_background("live");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (streams_.empty()) {
      wake_.wait(lock, [&] { return stopping_ || !streams_.empty(); });
    } else {
      wake_.wait_for(lock, every_, [&] { return stopping_; });
    }
    if (stopping_) break;
    lock.unlock();
    const auto now = event();
    lock.lock();
    drop_gone();
    for (const auto& stream : streams_) {
      if (const auto one = stream.lock()) one->push(now);
    }
  }
}

void LiveStatus::stop() {
  std::vector<std::weak_ptr<EventStream>> streams;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    streams = std::exchange(streams_, {});
  }
  wake_.notify_one();
  for (const auto& stream : streams) {
    if (const auto one = stream.lock()) one->end();
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace sinkfeed
