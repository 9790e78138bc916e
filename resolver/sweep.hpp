// The sweep: resolves every known target for real, on every upstream server, and again each time its TTL runs out; and
// the names on never lists too, so that their addresses are known before any is published. What it finds goes to the
// ledger.
//
// It runs on a thread of its own with its own upstream channels: the workers never wait for it.
#pragma once

#include <memory>
#include <thread>

#include "config/result.hpp"
#include "resolver/plan.hpp"
#include "resolver/target_watch.hpp"
#include "resolver/upstream.hpp"
#include "store/store.hpp"

namespace sinkfeed {

class Sweep final : public TargetWatch, public TargetAsker {
 public:
  // The store outlives it.
  explicit Sweep(Store& store);
  ~Sweep() override;

  // Upstream channels for another plan, for adopt(). Any thread.
  Result<std::unique_ptr<Upstream>> open_upstream(const Settings::Upstream& settings) const;
  // From now on goes by `plan` and asks `upstream`: everything that is watched and still a target is asked for again.
  // Any thread but the sweep's; returns when it is done. The first one comes before start().
  void adopt(std::shared_ptr<const Plan> plan, std::unique_ptr<Upstream> upstream);

  void start();
  void stop();

  // TargetWatch: a target that is not known yet is resolved at once.
  void watch(const Target& target) override;
  // TargetAsker: names that it has forgotten are watched again.
  void ask_again(const std::string& profile, const DnsName& name, const DnsName& target) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::thread thread_;
};

}  // namespace sinkfeed
