// Which name the sweep resolves when. Plain bookkeeping without I/O; one thread.
//
// A name has two rounds: the plain one (each type on each server), and one for client subnets if there are any in the
// settings. Each is due again when the answers' TTL runs out, held between min_interval and max_interval; while a tenth
// of the target's addresses or more is unseen, after min_interval, and in between with less. Asking before the TTL runs
// out is in vain where a cache answers: that is tried once, and after each vain time twice as seldom.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "config/clock.hpp"
#include "config/settings.hpp"
#include "resolver/answer_samples.hpp"
#include "resolver/random_bytes.hpp"
#include "resolver/round_queue.hpp"
#include "resolver/subnet_round.hpp"
#include "resolver/subnet_vantages.hpp"
#include "resolver/target_watch.hpp"

namespace sinkfeed {

// A name that is resolved again and again.
struct SweptName {
  // A round that is under way, and what the ones before it have taught.
  struct Round {
    std::size_t outstanding = 0;                // questions, or tracks of a round for client subnets
    std::size_t questions = 0;                  // in all
    std::optional<std::uint32_t> smallest_ttl;  // seconds, of the answers so far
    bool brought_samples = false;               // an answer that was no cached one
    bool is_early = false;                      // begun before the TTL ran out
    std::uint8_t vain = 0;                      // early rounds in a row that brought nothing, up to 4
    std::uint8_t patience = 0;                  // rounds that wait for the TTL before the next early one
  };

  Target target;
  const NeverRule* never = nullptr;  // set for names on never lists
  bool from_profile = false;         // stays for good; others go when they have not been asked for in kForgetAfter
  std::vector<std::uint16_t> types;  // asked for each time
  SteadyTime last_wanted;            // when a client asked for it last
  Round plain, subnets;
  // Of targets: what answers have shown, and what that says of the rest.
  AnswerSamples samples{AnswerSamples::kOfATarget};
  UnseenEstimate estimate;
  // For client subnets.
  std::vector<bool> knows_it;  // by server: said NOERROR to the last plain question
  std::unique_ptr<SubnetRound> subnet_round;
  std::map<std::pair<std::uint16_t, std::size_t>, SteadyTime> same_everywhere_until;  // by type and server
  SubnetVantages vantages;
};

class SweepSchedule {
 public:
  static constexpr std::size_t kMaxNames = 20000;
  static constexpr auto kForgetAfter = std::chrono::hours(24 * 7);

  explicit SweepSchedule(const Settings::Sweep& settings) : settings_(settings) {}

  // The names that are not a profile's own.
  std::vector<Target> learned() const;
  // What answers have shown of each target: for the schedule that comes after this one.
  std::unordered_map<DnsName, AnswerSamples> take_samples();

  // Due at once if it is new. False: it was there already (it is marked as wanted), or there are too many.
  bool add(SweptName name, SteadyTime now);
  // The name whose plain round is next, begun: the caller sets `outstanding` and `questions`. Null: none is due.
  SweptName* take_due(SteadyTime now);
  // The name whose round for client subnets is next, begun; of targets and of never-listed names in turn.
  SweptName* take_due_for_subnets(SteadyTime now);
  SweptName* find(const DnsName& name);
  // The plain round is over; the first one is followed by one for client subnets, if there are any. False: nobody
  // wants the name any more, and it is forgotten.
  bool finish(SweptName& name, SteadyTime now);
  // The round for client subnets is over. `is_worthwhile`: servers differ by place, as far as we know.
  void finish_subnets(SweptName& name, SteadyTime now, bool is_worthwhile);

  std::size_t size() const { return names_.size(); }
  std::optional<SteadyTime> next_due() const { return plain_.next_due(); }

 private:
  std::chrono::milliseconds next_interval(SweptName& name, SweptName::Round& round);
  std::chrono::milliseconds spread(std::chrono::milliseconds interval);

  Settings::Sweep settings_;
  RandomBytes random_;
  std::unordered_map<DnsName, SweptName> names_;
  RoundQueue plain_, subnets_, never_subnets_;
  bool never_next_ = false;  // in take_due_for_subnets
};

}  // namespace sinkfeed
