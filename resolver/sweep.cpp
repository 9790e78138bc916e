#include "resolver/sweep.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <iterator>

#include "config/thread_priority.hpp"
#include "resolver/plain_upstream.hpp"
#include "resolver/sweep_parts.hpp"

namespace sinkfeed {

namespace {

constexpr auto kTick = std::chrono::milliseconds(20);
// So many questions in a row without an answer from any server, and the servers are probed.
constexpr int kFailuresToReport = 5;
constexpr std::size_t kMaxHandedOver = 10000;

}  // namespace

void Sweep::Parts::adopt(std::shared_ptr<const Plan> next, std::unique_ptr<Upstream> next_upstream) {
  // What is on its way is cancelled: every name is asked for again.
  questions.clear();
  ready_tracks.clear();
  subnet_rounds = 0;
  if (upstream) upstream->close();
  former_upstream = std::exchange(upstream, std::move(next_upstream));
  servers.assign(upstream->servers().size(), {});
  probing = said_full = false;
  failures = 0;
  std::vector<Target> known = schedule ? schedule->learned() : std::vector<Target>{};
  if (targets_wait) std::move(learned.begin(), learned.end(), std::back_inserter(known));
  learned = std::move(known);
  if (schedule) former_samples.merge(schedule->take_samples());
  plan = std::move(next);
  store.estimates.clear();
  std::erase_if(profile_samples, [&](const auto& of) { return !catalogue().find_profile(of.first); });
  for (auto& [profile, samples] : profile_samples) samples.is_changed = true;
  schedule.emplace(plan->settings.sweep);
  add_never_names();
  loop_probe_at = {};
}

void Sweep::Parts::tick() {
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
  spend();
  publish_profiles(now);
  store.counters.sweep_targets.store(schedule->size(), std::memory_order_relaxed);
  timer.expires_after(kTick);
  timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

void Sweep::Parts::look_for_loops(SteadyTime now) {
  loop_probe_at = now + LoopProbe::kEvery;
  for (std::size_t server = 0; server < upstream->servers().size(); server++) {
    store.counters.sweep_questions.fetch_add(1, std::memory_order_relaxed);
    upstream->ask({plan->loop_probe.name_for(server), dns::TXT, dns::IN, false, false}, server,
                  [](const UpstreamAnswer&) {});
  }
}

void Sweep::Parts::report(const UpstreamAnswer& answer) {
  if (answer.outcome == UpstreamOutcome::answered) {
    failures = 0;
    store.health.report("upstream", "");
  } else if (++failures >= kFailuresToReport && !probing) {
    probe();
  }
}

void Sweep::Parts::probe() {
  probing = true;
  upstream->ask({std::string(1, '\0'), dns::NS, dns::IN, false, false}, std::nullopt,
                [this](const UpstreamAnswer& answer) {
                  probing = false;
                  failures = 0;
                  if (answer.outcome == UpstreamOutcome::cancelled) return;
                  std::string problem;
                  if (answer.outcome != UpstreamOutcome::answered) {
                    for (const Endpoint& server : upstream->servers())
                      problem += (problem.empty() ? "" : ", ") + server.text();
                    problem = "no upstream server answers (" + problem +
                              "); names that are not in the cache get SERVFAIL; check the network and upstream.servers";
                  }
                  store.health.report("upstream", problem);
                });
}

Sweep::Sweep(Store& store) : parts_(std::make_unique<Parts>(store)) {}

Sweep::~Sweep() { stop(); }

Result<std::unique_ptr<Upstream>> Sweep::open_upstream(const Settings::Upstream& settings) const {
  auto upstream = PlainUpstream::open(parts_->context, settings.servers, settings.timeout, *parts_->store.clock,
                                      parts_->store.counters.sweep_strays, parts_->store.upstreams);
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
  parts_->store.ledger->set_asker(this);
  thread_ = std::thread([this] {
    enter_background("sweep");
    parts_->last_tick = parts_->store.clock->steady();
    parts_->tick();
    parts_->context.run();
  });
}

void Sweep::stop() {
  if (!thread_.joinable()) return;
  parts_->store.ledger->set_asker(nullptr);
  boost::asio::post(parts_->context, [this] {
    parts_->timer.cancel();
    parts_->upstream->close();
    parts_->context.stop();
  });
  thread_.join();
}

void Sweep::ask_again(const std::string& profile, const DnsName& name, const DnsName& target) {
  watch({name, target, profile});
}

void Sweep::watch(const Target& target) {
  const std::lock_guard lock(parts_->handed_over_mutex);
  if (parts_->handed_over.size() < kMaxHandedOver) parts_->handed_over.push_back(target);
}

}  // namespace sinkfeed
