#include "feed/checkpoint_watch.hpp"

#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

#include "config/thread_priority.hpp"
#include "feed/checkpoint_delivery.hpp"
#include "store/keys.hpp"

namespace sinkfeed {

namespace {

constexpr std::size_t kAtOnce = 100;  // of those that wait for one place

}  // namespace

void CheckpointWatch::start() {
  next_ = store_.clock->steady() + kEvery;
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void CheckpointWatch::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void CheckpointWatch::finish() {
  // What cannot be written now is in the rings, and told of after the next start.
  static_cast<void>(store_.history->seal());
  store_.history->chain().note(ChainLink::Kind::action, R"({"action":"stop","who":"sinkfeed"})");
  make();
  retry_at_.clear();
  deliver({});
}

void CheckpointWatch::run(const std::stop_token& stop) {
  enter_background("checkpoints");
  while (!stop.stop_requested()) {
    if (store_.clock->steady() >= next_) {
      make();
      next_ = store_.clock->steady() + kEvery;
    }
    deliver(stop);
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kLook, [] { return false; });
  }
}

// The history tells of a full disk in /readyz; the next checkpoint covers what this one would have.
void CheckpointWatch::make() {
  const auto made = store_.history->chain().checkpoint(*store_.key);
  if (!made) spdlog::warn("no checkpoint of the history could be made: {}", made.error().what);
}

void CheckpointWatch::deliver(const std::stop_token& stop) {
  const auto targets = store_.configuration()->settings.history.checkpoints;
  const auto now = std::chrono::steady_clock::now();
  std::map<std::string, std::string> problems;
  for (const CheckpointTarget& target : targets) {
    const std::string text = target.text();
    if (stop.stop_requested()) return;
    if (const auto retry = retry_at_.find(text); retry != retry_at_.end() && now < retry->second) {
      problems[text] = problems_[text];
      continue;
    }
    const auto done = deliver_to(target, stop);
    if (done) {
      retry_at_.erase(text);
    } else {
      retry_at_[text] = now + kRetry;
      problems[text] = done.error().what;
    }
  }
  problems_ = std::move(problems);
  std::string sentence;
  for (const auto& [target, problem] : problems_) sentence += (sentence.empty() ? "" : "; ") + problem;
  store_.health.warn("checkpoints", sentence.empty() ? "" : sentence + "; it is tried again each half minute");
}

Result<void> CheckpointWatch::deliver_to(const CheckpointTarget& target, const std::stop_token& stop) {
  const std::string key = std::string(keys::kSent) + target.text();
  const auto sent = store_.database->get(Column::meta, key);
  if (!sent) return sent.error();
  const std::uint64_t to = *sent && (*sent)->size() == 8 ? keys::read_u64(**sent) : 0;
  std::vector<std::pair<std::string, std::string>> waiting;  // position, line
  const auto read = store_.database->scan(Column::meta, keys::checkpoint(to + 1), keys::after(keys::kCheckpoint),
                                          [&](std::string_view name, std::string_view line) {
                                            waiting.emplace_back(name.substr(keys::kCheckpoint.size()), line);
                                            return waiting.size() < kAtOnce;
                                          });
  if (!read) return read.error();
  for (auto& [position, line] : waiting) {
    if (stop.stop_requested()) return {};
    if (auto done = deliver_checkpoint(target, line, store_.clock->wall()); !done) return done;
    // If this cannot be written, it is brought there twice: that hurts nobody.
    Database::Batch batch;
    batch.put(Column::meta, key, std::move(position));
    if (auto written = store_.database->write(batch); !written) return written;
  }
  return {};
}

}  // namespace sinkfeed
