#include "resolver/sweep.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <future>
#include <iterator>
#include <mutex>

#include "config/thread_priority.hpp"
#include "resolver/judge.hpp"
#include "resolver/observations.hpp"
#include "resolver/plain_upstream.hpp"
#include "resolver/sweep_schedule.hpp"

namespace sinkfeed {

namespace {

constexpr auto kTick = std::chrono::milliseconds(20);
// So many questions in a row without an answer from any server, and the servers are probed.
constexpr int kFailuresToReport = 5;
constexpr std::size_t kMaxHandedOver = 10000;
// How long targets wait at most for the first answers to never-listed names.
constexpr auto kNeverFirst = std::chrono::seconds(10);

std::vector<std::uint16_t> types_for(const DnsName& name) {
  // Owners of SRV records begin with an underscore (RFC 2782); nothing else does that has addresses.
  if (name.wire().size() > 1 && name.wire()[1] == '_') return {dns::SRV};
  return {dns::A, dns::AAAA};
}

}  // namespace

struct Sweep::Parts {
  struct Question {
    DnsName name;
    std::uint16_t type;
    std::size_t server;
  };

  explicit Parts(Store& store_) : store(store_), timer(context) {}

  const Catalogue& catalogue() const { return plan->policy.catalogue(); }

  void adopt(std::shared_ptr<const Plan> next, std::unique_ptr<Upstream> next_upstream) {
    // What is on its way is cancelled: every name is asked for again.
    questions.clear();
    if (upstream) upstream->close();
    former_upstream = std::exchange(upstream, std::move(next_upstream));
    probing = said_full = false;
    failures = 0;
    std::vector<Target> known = schedule ? schedule->learned() : std::vector<Target>{};
    if (targets_wait) std::move(learned.begin(), learned.end(), std::back_inserter(known));
    learned = std::move(known);
    plan = std::move(next);
    schedule.emplace(plan->settings.sweep);
    add_never_names();
    loop_probe_at = {};
  }

  const std::string& profile_of(const Coverage& coverage) const {
    return catalogue().profiles()[coverage.profile].name;
  }

  // First of all: their addresses are known before a target's address is judged.
  void add_never_names() {
    const SteadyTime now = store.clock->steady();
    for (const Profile& profile : catalogue().profiles()) {
      for (const NeverRule& rule : profile.never)
        schedule->add({{rule.name, rule.name, profile.name}, &rule, true, types_for(rule.name), now, 0, std::nullopt},
                      now);
    }
    never_left = schedule->size();
    targets_wait_until = now + kNeverFirst;
    targets_wait = true;
  }

  void add_targets() {
    targets_wait = false;
    const SteadyTime now = store.clock->steady();
    for (const Profile& profile : catalogue().profiles()) {
      for (const NameRule& rule : profile.names) {
        if (catalogue().is_on(rule.tier) && rule.match != Match::no_data)
          schedule->add(
              {{rule.name, rule.name, profile.name}, nullptr, true, types_for(rule.name), now, 0, std::nullopt}, now);
      }
    }
    for (Target& target : std::exchange(learned, {})) {
      const Coverage covered = catalogue().find(target.covered);
      if (covered.kind != Coverage::Kind::target) continue;
      target.profile = profile_of(covered);
      add_target(target);
    }
  }

  void add_target(const Target& target) {
    const Coverage coverage = catalogue().find(target.name);
    if (coverage.kind == Coverage::Kind::never) return;
    if (coverage.kind == Coverage::Kind::target && catalogue().rule(coverage).match == Match::no_data) return;
    const SteadyTime now = store.clock->steady();
    if (!schedule->add({target, nullptr, false, types_for(target.name), now, 0, std::nullopt}, now)) {
      if (schedule->size() >= SweepSchedule::kMaxNames && !schedule->find(target.name) && !said_full) {
        said_full = true;
        spdlog::warn("the sweep watches {} names and takes no more; {} is sunk but its addresses are not recorded",
                     schedule->size(), target.name.text());
      }
    }
  }

  // The clock of the sweep: takes what the workers handed over, begins rounds that are due, asks as the rate allows.
  void tick() {
    const SteadyTime now = store.clock->steady();
    if (targets_wait && (never_left == 0 || now >= targets_wait_until)) add_targets();
    if (!targets_wait) {
      std::vector<Target> arrived;
      {
        const std::lock_guard lock(handed_over_mutex);
        arrived.swap(handed_over);
      }
      for (const Target& target : arrived) add_target(target);
    }
    if (now >= loop_probe_at) look_for_loops(now);
    const double elapsed = std::chrono::duration<double>(now - last_tick).count();
    last_tick = now;
    // At most a fifth of a second's questions at once, at least one.
    budget = std::min(budget + elapsed * plan->settings.sweep.rate, std::max(1.0, plan->settings.sweep.rate / 5.0));
    while (budget >= 1 && next_question()) budget -= 1;
    store.counters.sweep_targets.store(schedule->size(), std::memory_order_relaxed);
    timer.expires_after(kTick);
    timer.async_wait([this](const boost::system::error_code& error) {
      if (!error) tick();
    });
  }

  // A worker notices if a probe comes back; what the servers say to it does not matter.
  void look_for_loops(SteadyTime now) {
    loop_probe_at = now + LoopProbe::kEvery;
    for (std::size_t server = 0; server < upstream->servers().size(); server++) {
      store.counters.sweep_questions.fetch_add(1, std::memory_order_relaxed);
      upstream->ask({plan->loop_probe.name_for(server), dns::TXT, dns::IN, false, false}, server,
                    [](const UpstreamAnswer&) {});
    }
  }

  bool next_question() {
    if (questions.empty()) {
      SweptName* name = schedule->take_due(store.clock->steady());
      if (!name) return false;
      for (std::size_t server = 0; server < upstream->servers().size(); server++) {
        for (const std::uint16_t type : name->types) questions.push_back({name->target.name, type, server});
      }
      name->outstanding = questions.size();
    }
    const Question question = questions.front();
    questions.pop_front();
    store.counters.sweep_questions.fetch_add(1, std::memory_order_relaxed);
    upstream->ask({std::string(question.name.wire()), question.type, dns::IN, false, false}, question.server,
                  [this, question](const UpstreamAnswer& answer) { answered(question, answer); });
    return true;
  }

  void answered(const Question& question, const UpstreamAnswer& answer) {
    if (answer.outcome == UpstreamOutcome::cancelled) return;
    SweptName* name = schedule->find(question.name);
    if (!name) return;
    report(answer);
    if (answer.outcome == UpstreamOutcome::answered) {
      if (const auto judged = judge(answer.message, question.name.wire(), question.type, dns::IN))
        take(*name, question, *judged, answer.server);
    }
    if (--name->outstanding > 0) return;
    if (name->never && never_left) never_left--;
    schedule->finish(*name, store.clock->steady());
  }

  void take(SweptName& name, const Question& question, const JudgedAnswer& judged, const Endpoint& server) {
    if (judged.rcode != dns::NOERROR && judged.rcode != dns::NXDOMAIN) return;
    name.smallest_ttl = std::min(name.smallest_ttl.value_or(judged.lifetime_s), judged.lifetime_s);
    const WallTime seen = store.clock->wall();
    Observations found = name.never ? observations_of_never(*name.never, name.target.name, judged, seen)
                                    : observations_of_target(catalogue(), name.target, judged, server, seen);
    if (!found.targets.empty() || !found.never.empty())
      store.ledger->observe(std::move(found.targets), std::move(found.never));
    if (name.never) return;
    follow(name, question, judged);
  }

  // What the answer leads to is watched too: covered names for what they are, and the hosts that a profile's own SRV
  // record names, whatever they are called.
  void follow(const SweptName& name, const Question& question, const JudgedAnswer& judged) {
    const Target from = name.target;
    for (const DnsName& led : judged.leads_to) {
      const Coverage coverage = catalogue().find(led);
      if (coverage.kind == Coverage::Kind::target) {
        add_target({led, led, profile_of(coverage)});
      } else if (coverage.kind == Coverage::Kind::none && question.type == dns::SRV && name.from_profile) {
        add_target({led, from.covered, from.profile, true});
      }
    }
  }

  void report(const UpstreamAnswer& answer) {
    if (answer.outcome == UpstreamOutcome::answered) {
      failures = 0;
      store.health.report("upstream", "");
    } else if (++failures >= kFailuresToReport && !probing) {
      probe();
    }
  }

  // Some names are never answered, whoever is asked. That upstream is gone is said only if it does not know the root's
  // name servers either, which every server that recurses does.
  void probe() {
    probing = true;
    upstream->ask(
        {std::string(1, '\0'), dns::NS, dns::IN, false, false}, std::nullopt, [this](const UpstreamAnswer& answer) {
          probing = false;
          failures = 0;
          if (answer.outcome == UpstreamOutcome::cancelled) return;
          std::string problem;
          if (answer.outcome != UpstreamOutcome::answered) {
            for (const Endpoint& server : upstream->servers()) problem += (problem.empty() ? "" : ", ") + server.text();
            problem = "no upstream server answers (" + problem +
                      "); names that are not in the cache get SERVFAIL; check the network and upstream.servers";
          }
          store.health.report("upstream", problem);
        });
  }

  Store& store;
  std::shared_ptr<const Plan> plan;
  boost::asio::io_context context{1};
  boost::asio::steady_timer timer;
  std::optional<SweepSchedule> schedule;
  std::unique_ptr<Upstream> upstream, former_upstream;  // the former one until what it has posted has run
  std::deque<Question> questions;                       // of the round that was begun last
  double budget = 0;
  SteadyTime last_tick{};
  int failures = 0;
  bool said_full = false, probing = false;
  SteadyTime loop_probe_at{};
  // Until every never-listed name has had its first answers.
  bool targets_wait = true;
  std::size_t never_left = 0;
  SteadyTime targets_wait_until{};
  std::vector<Target> learned;  // from the plan before

  std::mutex handed_over_mutex;
  std::vector<Target> handed_over;
};

Sweep::Sweep(Store& store) : parts_(std::make_unique<Parts>(store)) {}

Sweep::~Sweep() { stop(); }

Result<std::unique_ptr<Upstream>> Sweep::open_upstream(const Settings::Upstream& settings) const {
  auto upstream = PlainUpstream::open(parts_->context, settings.servers, settings.timeout, *parts_->store.clock,
                                      parts_->store.counters.sweep_strays);
  if (!upstream) return upstream.error();
  return std::unique_ptr<Upstream>(std::move(*upstream));
}

void Sweep::adopt(std::shared_ptr<const Plan> plan, std::unique_ptr<Upstream> upstream) {
  if (!thread_.joinable()) return parts_->adopt(std::move(plan), std::move(upstream));
  std::promise<void> done;
  boost::asio::post(parts_->context, [&] {
    parts_->adopt(std::move(plan), std::move(upstream));
    done.set_value();
  });
  done.get_future().wait();
}

void Sweep::start() {
  thread_ = std::thread([this] {
    enter_background("sweep");
    parts_->last_tick = parts_->store.clock->steady();
    parts_->tick();
    parts_->context.run();
  });
}

void Sweep::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(parts_->context, [this] {
    parts_->timer.cancel();
    parts_->upstream->close();
    parts_->context.stop();
  });
  thread_.join();
}

void Sweep::watch(const Target& target) {
  const std::lock_guard lock(parts_->handed_over_mutex);
  if (parts_->handed_over.size() < kMaxHandedOver) parts_->handed_over.push_back(target);
}

}  // namespace sinkfeed
