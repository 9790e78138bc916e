// The resolver as a whole: the workers, the plan and cache they share, and the sweep.
#pragma once

#include <memory>

#include "config/result.hpp"
#include "store/store.hpp"

namespace sinkfeed {

// A server that is this very program: asking it would be asking ourselves.
Result<void> check_upstream_is_another(const Settings& settings);

class Resolver {
 public:
  // How many workers the settings mean on this machine (0: one a core).
  static int worker_count(const Settings& settings);

  // Binds every socket. Problems: a port that is taken (with who has it), an address that is not this machine's.
  // The store must outlive it and have a ring for each worker.
  static Result<std::unique_ptr<Resolver>> open(Store& store);
  ~Resolver();

  void start();
  // Answers what is in flight, then stops all threads.
  void stop();

  // A change to another configuration, in two steps, because there are things that it may not get: sockets, channels,
  // rings. While it is prepared nothing changes; a change that is dropped leaves nothing behind. Afterwards all workers
  // go by the new configuration; no query is lost, and cached answers stay. One thread at a time.
  class Change;
  Result<std::unique_ptr<Change>> prepare(const Configuration& configuration);
  void commit(Change& change);

 private:
  struct Parts;
  explicit Resolver(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// Complete, for whoever owns one.
class Resolver::Change {
 public:
  virtual ~Change() = default;
};

}  // namespace sinkfeed
