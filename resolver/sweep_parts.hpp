// The inside of the sweep, on its own thread but for what `handed_over_mutex` guards: the clock and the upstream
// (sweep.cpp), which names are watched (sweep_targets.cpp), what is asked (sweep_questions.cpp) and what is made of the
// answers (sweep_answers.cpp).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "resolver/judge.hpp"
#include "resolver/sweep.hpp"
#include "resolver/sweep_schedule.hpp"

namespace sinkfeed {

struct Sweep::Parts {
  struct Question {
    DnsName name;
    std::uint16_t type;
    std::size_t server;
  };
  // A track of a name's round for client subnets that waits for its next question.
  struct ReadyTrack {
    DnsName name;
    std::size_t track;
  };
  struct Server {
    bool knows_subnets = false;     // has ever answered with the option
    SteadyTime no_subnets_until{};  // it does not know them, or refuses them
  };
  // What answers have shown of all names of a profile together: many of them share addresses.
  struct ProfileSamples {
    AnswerSamples samples{AnswerSamples::kOfAProfile};
    bool is_changed = false;
  };

  explicit Parts(Store& store_) : store(store_), timer(context) {}

  const Catalogue& catalogue() const { return plan->policy.catalogue(); }
  const std::vector<Network>& subnets() const { return plan->settings.sweep.subnets; }
  const std::string& profile_of(const Coverage& coverage) const {
    return catalogue().profiles()[coverage.profile].name;
  }

  void adopt(std::shared_ptr<const Plan> next, std::unique_ptr<Upstream> next_upstream);
  // The clock of the sweep: takes what the workers handed over, begins rounds that are due, asks as the rate allows.
  void tick();
  // A worker notices if a probe comes back; what the servers say to it does not matter.
  void look_for_loops(SteadyTime now);
  void report(const UpstreamAnswer& answer);
  // Some names are never answered, whoever is asked. That upstream is gone is said only if it does not know the root's
  // name servers either, which every server that recurses does.
  void probe();

  // First of all: their addresses are known before a target's address is judged.
  void add_never_names();
  void add_targets();
  void add_target(const Target& target);
  // What the answer leads to is watched too: covered names for what they are, and the hosts that a covered name's own
  // SRV, SVCB or HTTPS record names, whatever they are called.
  void follow(const SweptName& name, const Question& question, const JudgedAnswer& judged);

  // Asks what there is to ask as long as the budget lasts.
  void spend();
  bool ask_next();
  bool ask_plain();
  bool ask_for_subnet();
  void begin_subnet_round(SweptName& name);
  void end_track(SweptName& name, std::size_t track);

  void answered(const Question& question, const UpstreamAnswer& answer);
  void answered_for_subnet(const DnsName& name, std::size_t track, const Network& subnet, const UpstreamAnswer& answer);
  // False: no answer to the question with this subnet; the track is over.
  bool take_scope(SubnetRound& round, std::size_t track, const Network& subnet, const UpstreamAnswer& answer);
  // `subnet`: null if the answer is to the plain question.
  void take(SweptName& name, SweptName::Round& round, const Question& question, const JudgedAnswer& judged,
            const Endpoint& server, const Network* subnet);
  bool sample(SweptName& name, const Question& question, const JudgedAnswer& judged, const Network* subnet);
  void publish(const SweptName& name);
  void publish_profiles(SteadyTime now);

  Store& store;
  std::shared_ptr<const Plan> plan;
  boost::asio::io_context context{1};
  boost::asio::steady_timer timer;
  std::optional<SweepSchedule> schedule;
  std::unique_ptr<Upstream> upstream, former_upstream;  // the former one until what it has posted has run
  std::vector<Server> servers;                          // as upstream has them
  std::deque<Question> questions;                       // of the plain round that was begun last
  std::deque<ReadyTrack> ready_tracks;
  std::size_t subnet_rounds = 0;   // that are under way
  int questions_since_subnet = 0;  // plain ones in a row
  RandomBytes random;
  double budget = 0;
  SteadyTime last_tick{};
  int failures = 0;
  bool said_full = false, probing = false;
  SteadyTime loop_probe_at{};
  // Until every never-listed name has had its first answers.
  bool targets_wait = true;
  std::size_t never_left = 0;
  SteadyTime targets_wait_until{};
  // From the plan before.
  std::vector<Target> learned;
  std::unordered_map<DnsName, AnswerSamples> former_samples;
  std::map<std::string, ProfileSamples> profile_samples;
  SteadyTime profiles_published{};

  std::mutex handed_over_mutex;
  std::vector<Target> handed_over;
};

}  // namespace sinkfeed
