// The sweep: resolves every known target for real, on every upstream server, and again each time its TTL runs out; and
// the names on never lists too, so that their addresses are known before any is published. What it finds goes to the
// ledger.
//
// It runs on a thread of its own with its own upstream channels: the workers never wait for it.
#pragma once

#include <memory>
#include <thread>

#include "config/result.hpp"
#include "config/settings.hpp"
#include "resolver/policy.hpp"
#include "resolver/target_watch.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class Sweep final : public TargetWatch {
 public:
  // All references outlive the sweep.
  static Result<std::unique_ptr<Sweep>> open(const Settings& settings, const Policy& policy, Store& store);
  ~Sweep() override;

  void start();
  void stop();

  // TargetWatch: a target that is not known yet is resolved at once.
  void watch(const Target& target) override;

 private:
  struct Parts;
  explicit Sweep(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
  std::thread thread_;
};

}  // namespace sinkfeed
