// One worker: a thread with its own io_context, sockets, upstream channels and history ring. Workers share only the
// plan with its cache, the rate limit and the way to the store.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "config/result.hpp"
#include "resolver/plan.hpp"
#include "resolver/rate_limit.hpp"
#include "resolver/socket_address.hpp"
#include "resolver/target_watch.hpp"
#include "resolver/upstream.hpp"
#include "store/store.hpp"

namespace sinkfeed {

// The sockets of one address of dns.listen, for one worker.
struct ListeningSockets {
  Endpoint at;
  Socket udp, tcp;
};

class Worker {
 public:
  // `number`: 0 and up; its ring (which must be open) and counters. The store, the limit and `targets` outlive it.
  Worker(int number, Store& store, RateLimit& rate_limit, TargetWatch& targets);
  ~Worker();
  int number() const;

  // Upstream channels for another plan, for adopt(). Any thread.
  Result<std::unique_ptr<Upstream>> open_upstream(const Settings::Upstream& settings) const;
  // From now on goes by `plan`, asks `upstream` (null: the one it has) and listens on the sockets it has, less those of
  // addresses that the plan does not name, and on `sockets`. No query is lost: packets that wait are answered,
  // connections and questions to upstream that are open go on to their end. Any thread but the worker's; returns when
  // it is done. The first one comes before start() and has an upstream.
  void adopt(std::shared_ptr<const Plan> plan, std::unique_ptr<Upstream> upstream,
             std::vector<ListeningSockets> sockets);

  void start();
  // Gives its sockets up, answers what it has and ends its thread when its TCP clients are gone, in half a minute at
  // the latest. Returns at once.
  void leave();
  // Its thread has come to its end.
  bool has_ended() const { return ended_.load(std::memory_order_acquire); }
  // Answers what is in flight, for as long as upstream may take, then ends the thread. Any thread, once.
  void stop();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace sinkfeed
