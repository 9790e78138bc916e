// What the workers go by: settings, policy and cache as one immutable whole. A reload makes a new plan and hands it to
// each worker, which takes it up between two packets; whoever still holds the old one may finish with it.
#pragma once

#include <cstdint>
#include <memory>

#include "config/settings.hpp"
#include "resolver/cache.hpp"
#include "resolver/loop_probe.hpp"
#include "resolver/policy.hpp"

namespace sinkfeed {

struct Plan {
  Plan(const Configuration& configuration, std::shared_ptr<Cache> cache_, std::uint32_t number_)
      : settings(configuration.settings),
        policy(configuration.catalogue, configuration.settings.dns.forward_anyway),
        cache(std::move(cache_)),
        number(number_) {}

  Settings settings;
  Policy policy;
  std::shared_ptr<Cache> cache;  // the same as before, or one of another size with the same answers
  LoopProbe loop_probe;
  std::uint32_t number;  // cached answers that another plan has judged are judged again before they are served
};

}  // namespace sinkfeed
