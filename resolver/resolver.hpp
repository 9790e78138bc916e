// The resolver as a whole: the workers, the cache they share, and the sweep.
#pragma once

#include <memory>

#include "config/result.hpp"
#include "store/store.hpp"

namespace sinkfeed {

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

 private:
  struct Parts;
  explicit Resolver(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sinkfeed
