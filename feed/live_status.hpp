// /api/v1/live: the state of the daemon each second, as a stream of events, for pages that stay open.
//
//   event: status   data: {"now":…, "queries":{…}, …}   feed/api_status.hpp: live_value()
//
// One thread for all streams; each event is made once for all, and only while somebody listens.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "config/result.hpp"
#include "feed/event_stream.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class LiveStatus {
 public:
  static constexpr std::size_t kMostStreams = 100;

  // The store outlives it.
  explicit LiveStatus(const Store& store, std::chrono::milliseconds every = std::chrono::seconds(1))
      : store_(store), every_(every) {}
  ~LiveStatus() { stop(); }

  // A new stream, which has the state of now. A Problem: there are too many. Any thread.
  Result<std::shared_ptr<EventStream>> follow();
  // Ends all streams, and no others begin.
  void stop();

 private:
  void run();
  std::shared_ptr<const std::string> event() const;
  void drop_gone();

  const Store& store_;
  const std::chrono::milliseconds every_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::weak_ptr<EventStream>> streams_;
  std::thread thread_;  // from the first stream on
  bool stopping_ = false;
};

}  // namespace sinkfeed
