#include "feed/agent/agent.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <random>
#include <utility>

#include "feed/agent/event_reader.hpp"
#include "feed/agent/last_good.hpp"

namespace sinkfeed {

namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kShortestWait{1000}, kLongestWait{60'000};
// After a change the sets are looked at soon; a burst of changes is looked at once.
constexpr milliseconds kSoon{2000};

class Agent {
 public:
  Agent(const AgentSettings& settings, const KernelSets& sets)
      : settings_(settings), sets_(sets), signals_(context_, SIGTERM, SIGINT), check_(context_), pause_(context_) {}

  Result<void> run() {
    if (const auto can = sets_.can_be_used(); !can) return can;
    auto kept = LastGood::open(settings_.state, settings_.url.feed, settings_.family);
    if (!kept) return kept.error();
    kept_ = std::move(*kept);
    for (auto* into : {&events_, &lists_}) {
      auto client = FeedClient::open(context_, settings_.url, settings_.access);
      if (!client) return client.error();
      *into = std::move(*client);
    }
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (!error) stop();
    });
    if (!settings_.url.is_https && !(settings_.access.token.empty() && settings_.access.token_file.empty()))
      spdlog::warn("the token goes over the network unencrypted: give a URL with https");
    begin_with_the_last_good();
    return settings_.once ? once() : serve();
  }

 private:
  void begin_with_the_last_good() {
    auto found = kept_->load();
    if (!found) return spdlog::warn("{}", found.error().what);
    if (!*found) return;
    list_ = std::move(**found);
    spdlog::info("begins with {}, the last good list", list_->name());
    look();
  }

  Result<void> once() {
    if (const auto done = follow(); !done) return done;
    if (!is_following_) return Problem{settings_.url.text() + " has ended before it said what is current"};
    if (const auto differs = sets_.difference(*list_); !differs || *differs)
      return Problem{!differs ? differs.error().what : **differs};
    return {};
  }

  Result<void> serve() {
    sd_notify(0, "READY=1");
    milliseconds wait = kShortestWait;
    while (!stopping_) {
      is_following_ = false;
      const auto ended = follow();
      if (stopping_) break;
      // A server that is restarted, or reloaded, ends its streams: it is there again at once.
      wait = is_following_ ? kShortestWait : std::min(wait * 2, kLongestWait);
      if (!ended) tell(ended.error().what);
      pause(wait);
    }
    sd_notify(0, "STOPPING=1");
    spdlog::info("stopped; the sets stay as they are");
    return {};
  }

  void stop() {
    stopping_ = true;
    events_->stop();
    lists_->stop();
    check_.cancel();
    pause_.cancel();
  }

  // The same trouble is told of once, until there is another, or none.
  void tell(const std::string& trouble) {
    const std::string sentence =
        trouble + (list_ ? "; " + list_->name() + " stays in force" : "; nothing is blocked yet");
    sd_notifyf(0, "STATUS=%s", sentence.c_str());
    if (sentence != std::exchange(told_, sentence)) spdlog::warn("{}; trying again", sentence);
  }

  void pause(milliseconds most) {
    // Not all agents of a network at the same moment.
    std::uniform_int_distribution<milliseconds::rep> between(most.count() / 2, most.count());
    pause_.expires_after(milliseconds(between(random_)));
    bool is_over = false;
    pause_.async_wait([&](const boost::system::error_code&) { is_over = true; });
    while (!is_over) context_.run_one();
  }

  std::string query() const { return settings_.family ? fmt::format("?family={}", *settings_.family) : ""; }
  ListBounds bounds() const { return {settings_.family, events_->server()}; }

  // One stream of events, to its end; with `once`, until the list is what the server has.
  Result<void> follow() {
    const auto answer = events_->listen(".events" + query(), list_ ? list_->generation : 0);
    if (!answer) return answer.error();
    if (answer->status != 200) return refused(answer->status);
    EventReader events;
    for (;;) {
      const auto bytes = events_->next();
      if (!bytes) return bytes.error();
      if (bytes->empty()) return {};
      if (const auto fits = events.add(*bytes); !fits) return fits;
      while (const auto event = events.next()) {
        if (const auto taken = take(*event); !taken) return taken;
        if (settings_.once && is_following_) return {};
      }
    }
  }

  Problem refused(unsigned status) const {
    const std::string at = settings_.url.text();
    if (status == 401) return Problem{at + " wants a token, and this one is not right (401)"};
    if (status == 403) return Problem{at + " does not let this machine, or its token, fetch the feed (403)"};
    if (status == 404) return Problem{at + " is no feed of that server (404)"};
    if (status == 503) return Problem{at + " has no list to give just now (503)"};
    return Problem{fmt::format("{} answered with status {}", at, status)};
  }

  Result<void> take(const Event& event) {
    if (event.name == "edition") return take_edition(event.data);
    if (!list_) return {};  // what is current comes after it
    if (event.name == "reset") return fetch(list_->ports, std::nullopt);
    if (event.name != "delta") return {};
    const auto delta = read_delta(event.data, settings_.url.feed);
    if (!delta) return delta.error();
    if (delta->to <= list_->generation) return {};
    auto next = applied(*list_, *delta, bounds());
    if (!next) {
      spdlog::info("{}; the whole list is fetched", next.error().what);
      return fetch(list_->ports, std::nullopt);
    }
    spdlog::info("generation {}: {} added, {} removed, {} in all", delta->to, delta->added.size(),
                 delta->removed.size(), next->networks.size());
    adopt(std::move(*next));
    return {};
  }

  Result<void> take_edition(const std::string& data) {
    const auto edition = read_edition(data, settings_.url.feed);
    if (!edition) return edition.error();
    if (list_ && list_->sha256 == edition->sha256) {
      FollowedList same = *list_;
      same.generation = edition->generation;
      same.ports = edition->ports;
      if (same.generation != list_->generation || same.ports != list_->ports) adopt(std::move(same));
    } else if (const auto fetched = fetch(edition->ports, *edition); !fetched) {
      return fetched;
    }
    if (!std::exchange(is_following_, true)) spdlog::info("follows {} at {}", settings_.url.text(), list_->name());
    told_.clear();
    sd_notifyf(0, "STATUS=%s of %s in %s", list_->name().c_str(), settings_.url.text().c_str(), sets_.name().c_str());
    return {};
  }

  // The whole list; of `edition`, if nothing was published since.
  Result<void> fetch(const std::vector<std::uint16_t>& ports, const std::optional<Edition>& edition) {
    const auto list = lists_->get(".txt" + query());
    if (!list) return list.error();
    if (list->status != 200) return refused(list->status);
    const auto digest = lists_->get(".txt.sha256" + query());
    if (!digest) return digest.error();
    if (digest->status != 200) return refused(digest->status);
    FollowedList next{settings_.url.feed, settings_.family, list->generation, ports, {}, list_digest(list->body)};
    if (digest->body.substr(0, next.sha256.size()) != next.sha256)
      return Problem{settings_.url.text() + " gave a list with another digest than it says"};
    auto networks = read_list(list->body);
    if (!networks) return networks.error();
    if (const auto right = check_list(*networks, bounds()); !right) return right;
    next.networks = std::move(*networks);
    if (edition && edition->sha256 == next.sha256) next.generation = edition->generation;
    spdlog::info("{} fetched", next.name());
    adopt(std::move(next));
    return {};
  }

  // From now on it is the list: on disk, and in the kernel as soon as that can be.
  void adopt(FollowedList next) {
    if (const auto saved = kept_->save(next); !saved) {
      if (!std::exchange(cannot_save_, true)) spdlog::warn("{}; it is not there after a restart", saved.error().what);
    } else {
      cannot_save_ = false;
    }
    const std::optional<FollowedList> before = std::exchange(list_, std::move(next));
    const bool is_changed = before && sets_.change(*before, *list_);
    if (!is_changed)
      look();
    else if (check_.expiry() > std::chrono::steady_clock::now() + kSoon)
      look_after(kSoon);
  }

  // Is in the kernel what should be? If not, it is put there.
  void look() {
    const auto differs = sets_.difference(*list_);
    std::string trouble = differs ? "" : differs.error().what;
    if (differs && *differs) {
      if (is_in_force_) spdlog::warn("{}: {}; it is loaded anew", sets_.name(), **differs);
      const auto loaded = sets_.load(*list_);
      const auto still = loaded ? sets_.difference(*list_) : loaded.error();
      if (!still)
        trouble = still.error().what;
      else if (*still)
        trouble = **still;
      else
        spdlog::info("{}: {} loaded", sets_.name(), list_->name());
    }
    is_in_force_ = trouble.empty();
    if (!trouble.empty()) spdlog::error("{}: {}", sets_.name(), trouble);
    look_after(is_in_force_ ? settings_.check : std::min(settings_.check, kLongestWait));
  }

  void look_after(milliseconds time) {
    check_.expires_after(time);
    check_.async_wait([this](const boost::system::error_code& error) {
      if (!error) look();
    });
  }

  const AgentSettings& settings_;
  const KernelSets& sets_;
  asio::io_context context_;
  asio::signal_set signals_;
  asio::steady_timer check_, pause_;
  std::optional<LastGood> kept_;
  std::unique_ptr<FeedClient> events_, lists_;
  std::optional<FollowedList> list_;  // the last good one
  std::string told_;
  std::mt19937_64 random_{std::random_device()()};
  bool is_following_ = false;  // this stream has said what is current, and it is in force
  bool is_in_force_ = false, cannot_save_ = false, stopping_ = false;
};

}  // namespace

Result<void> run_agent(const AgentSettings& settings, const KernelSets& sets) { return Agent(settings, sets).run(); }

}  // namespace sinkfeed
