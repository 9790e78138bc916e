// One worker: a thread with its own io_context, sockets, upstream channels and history ring. Workers share only the
// cache, the policy and the way to the store.
#pragma once

#include <memory>
#include <thread>

#include "config/result.hpp"
#include "config/settings.hpp"
#include "resolver/cache.hpp"
#include "resolver/policy.hpp"
#include "resolver/rate_limit.hpp"
#include "resolver/target_watch.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class Worker {
 public:
  // `number`: 0 and up; its ring and counters. Sockets are bound before it returns; nothing is answered before start().
  static Result<std::unique_ptr<Worker>> open(int number, const Settings& settings, Store& store, Cache& cache,
                                              const Policy& policy, RateLimit& rate_limit, TargetWatch& targets);
  ~Worker();

  void start();
  // Answers what is in flight, for as long as upstream may take, then ends the thread. Any thread, once.
  void stop();

 private:
  struct Parts;
  explicit Worker(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  std::thread thread_;
};

}  // namespace sinkfeed
