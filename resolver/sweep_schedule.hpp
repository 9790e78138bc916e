// Which name the sweep resolves when. Plain bookkeeping without I/O; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "config/clock.hpp"
#include "config/settings.hpp"
#include "resolver/random_bytes.hpp"
#include "resolver/target_watch.hpp"

namespace sinkfeed {

// A name that is resolved again and again.
struct SweptName {
  Target target;
  const NeverRule* never = nullptr;  // set for names on never lists
  bool from_profile = false;         // stays for good; others go when they have not been asked for in kForgetAfter
  std::vector<std::uint16_t> types;  // asked for each time
  SteadyTime last_wanted;            // when a client asked for it last
  // The round that is under way.
  std::size_t outstanding = 0;
  std::optional<std::uint32_t> smallest_ttl;  // seconds, of the answers so far
};

class SweepSchedule {
 public:
  static constexpr std::size_t kMaxNames = 20000;
  static constexpr auto kForgetAfter = std::chrono::hours(24 * 7);

  explicit SweepSchedule(const Settings::Sweep& settings) : settings_(settings) {}

  // The names that are not a profile's own.
  std::vector<Target> learned() const;

  // Due at once if it is new. False: it was there already (it is marked as wanted), or there are too many.
  bool add(SweptName name, SteadyTime now);
  // The next name that is due, its round begun: the caller sets `outstanding`. Null: none is due.
  SweptName* take_due(SteadyTime now);
  SweptName* find(const DnsName& name);
  // The round is over: due again after the smallest TTL, held between min_interval and max_interval and spread by up to
  // a tenth; without any answer after min_interval. A name that nobody wants any more is forgotten.
  void finish(SweptName& name, SteadyTime now);

  std::size_t size() const { return names_.size(); }
  std::optional<SteadyTime> next_due() const;

 private:
  Settings::Sweep settings_;
  RandomBytes random_;
  std::unordered_map<DnsName, SweptName> names_;
  std::multimap<SteadyTime, DnsName> due_;
};

}  // namespace sinkfeed
